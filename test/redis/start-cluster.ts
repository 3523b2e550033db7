import {Redis} from 'ioredis';
import {until} from '../until.js';
import type {RedisServer} from './redis-server.js';
import {startRedisNodes} from './start-redis-nodes.js';

const slots = 16_384;
const masters = 3;

export type RedisCluster = AsyncDisposable & {
  readonly nodes: readonly RedisServer[];
  stop(): Promise<void>;
};

/** Three masters that share the slots, with more arguments if need be; resolves when each of them takes keys. */
export async function startCluster(args: readonly string[] = []): Promise<RedisCluster> {
  const nodes = await startRedisNodes(masters, {
    args: ['--cluster-enabled', 'yes', '--cluster-node-timeout', '1000', ...args],
  });
  const stop = async (): Promise<void> => {
    await Promise.all(nodes.map((node) => node.stop()));
  };
  try {
    await join(nodes);
  } catch (error) {
    await stop();
    throw error;
  }
  return {nodes, stop, [Symbol.asyncDispose]: stop};
}

async function join(nodes: readonly RedisServer[]): Promise<void> {
  const clients = nodes.map((node) => new Redis(node.url));
  try {
    await Promise.all(clients.map(addSlots));
    await Promise.all(clients.map((client) => meet(client, nodes)));
    await Promise.all(clients.map((client) => until(() => isReady(client))));
  } finally {
    for (const client of clients) client.disconnect();
  }
}

async function addSlots(client: Redis, index: number): Promise<void> {
  const first = Math.floor((slots * index) / masters);
  const last = Math.floor((slots * (index + 1)) / masters) - 1;
  await client.call('CLUSTER', 'SET-CONFIG-EPOCH', index + 1);
  await client.call('CLUSTER', 'ADDSLOTSRANGE', first, last);
}

async function meet(client: Redis, nodes: readonly RedisServer[]): Promise<void> {
  for (const {host, port} of nodes) await client.call('CLUSTER', 'MEET', host, port);
}

async function isReady(client: Redis): Promise<boolean> {
  const info = String(await client.call('CLUSTER', 'INFO'));
  return info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${masters}`);
}
