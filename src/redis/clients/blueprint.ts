import {lookup, resolveSrv} from 'node:dns';

import type {SupportedClient} from '../client-of.js';
import {isIoredis, isIoredisCluster} from './ioredis.js';

type Address = string | number | {readonly host?: string; readonly port?: number};

/** How to open the connections of an ioredis client once more, in another thread: nothing but data. */
export type Blueprint =
  | {readonly kind: 'redis'; readonly options: object}
  | {readonly kind: 'cluster'; readonly startupNodes: readonly Address[]; readonly options: object};

// They say when to connect again, not where to or as whom: the other thread has its own ways.
const OF_NO_CONCERN = new Set([
  'retryStrategy',
  'sentinelRetryStrategy',
  'sentinelReconnectStrategy',
  'clusterRetryStrategy',
  'clusterNodeRetryStrategy',
  'reconnectOnError',
  'scripts',
  'Promise',
]);

const DEFAULTS: ReadonlySet<unknown> = new Set([lookup, resolveSrv]);

/**
 * What another thread needs to open the connections of a client.
 *
 * @throws {TypeError} when it is no ioredis client, or has an option that cannot be sent to a thread.
 */
export function blueprintOf(client: SupportedClient, node: number): Blueprint {
  if (!isIoredis(client)) throw refusal(node, 'is none of ioredis');
  const options = dataOf(client.options ?? {}, '', node);
  if (isIoredisCluster(client)) {
    const startupNodes: unknown = Reflect.get(client, 'startupNodes');
    if (!isList(startupNodes)) throw refusal(node, 'does not tell its `startupNodes`');
    return {kind: 'cluster', options, startupNodes: startupNodes.filter((each) => isAddress(each))};
  }
  return {kind: 'redis', options: {...options, ...selected(client)}};
}

/** The database that a connection has been moved to since it was opened. */
function selected(client: object): {readonly db?: number} {
  const condition: unknown = Reflect.get(client, 'condition');
  const db: unknown =
    typeof condition === 'object' && condition !== null
      ? Reflect.get(condition, 'select')
      : undefined;
  return typeof db === 'number' ? {db} : {};
}

function dataOf(value: object, path: string, node: number): object {
  const entries = Object.entries(value).filter(
    ([name, each]) => each !== undefined && !OF_NO_CONCERN.has(name) && !DEFAULTS.has(each),
  );
  return Object.fromEntries(
    entries.map(([name, each]) => [
      name,
      copyOf(each, path === '' ? name : `${path}.${name}`, node),
    ]),
  );
}

function itemsOf(items: readonly unknown[], path: string, node: number): readonly unknown[] {
  return items.map((item, index) => copyOf(item, `${path}[${index}]`, node));
}

function copyOf(value: unknown, path: string, node: number): unknown {
  if (typeof value === 'function' || typeof value === 'symbol') throw untold(node, path);
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return itemsOf(value, path, node);
  const prototype: unknown = Object.getPrototypeOf(value);
  const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null;
  if (!isPlain) throw untold(node, path);
  return dataOf(value, path, node);
}

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);

const isAddress = (value: unknown): value is Address =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'object';

const untold = (node: number, path: string): TypeError =>
  refusal(node, `has the option \`${path}\`, which cannot be sent to a thread`);

const refusal = (node: number, why: string): TypeError =>
  new TypeError(
    `Expected the client of node ${node} to be one that a worker thread can open again, as \`keepAlive: "worker"\` needs it; it ${why}`,
  );
