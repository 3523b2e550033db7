import {setTimeout as delay} from 'node:timers/promises';

import {Locker, type LockerOptions} from '../../index.js';
import type {Arguments} from '../arguments.js';
import {CliError, usageError} from '../cli-error.js';
import {EXIT} from '../exit-codes.js';
import type {Peer} from './clients.js';
import {CLUSTER, KEY_PREFIX, REDIS} from './options.js';
import {placeOf, urlsOf, type Place} from './place.js';
import {withIoredis} from './with-ioredis.js';

const CONNECT_WITHIN_MS = 5000;

/**
 * Lets a locker be used over the Redis that the command line or the environment names, and closes all of it after that.
 *
 * @throws {CliError} when ioredis is not installed, a url is malformed, or too few nodes can be reached.
 */
export async function withLocker<T>(
  args: Arguments,
  env: Readonly<NodeJS.ProcessEnv>,
  options: LockerOptions,
  use: (locker: Locker) => Promise<T>,
): Promise<T> {
  const places = placesOf(args, env);
  const {makePeers} = await withIoredis(() => import('./clients.js'));
  const peers = makePeers(places, {
    isCluster: args.get(CLUSTER),
    connectTimeoutMs: CONNECT_WITHIN_MS,
  });
  const clients = peers.map(({client}) => client);
  try {
    const keyPrefix = args.get(KEY_PREFIX);
    const locker = new Locker(clients, keyPrefix === undefined ? options : {...options, keyPrefix});
    await reach(peers);
    try {
      return await use(locker);
    } finally {
      await locker.close();
    }
  } finally {
    for (const client of clients) client.disconnect();
  }
}

function placesOf(args: Arguments, env: Readonly<NodeJS.ProcessEnv>): readonly Place[] {
  const places = urlsOf(args.get(REDIS), env).map(placeOf);
  const addresses = places.map(({address}) => address);
  const twice = addresses.find((address, index) => addresses.indexOf(address) < index);
  if (twice !== undefined) throw usageError(`Expected different servers, got ${twice} twice`);
  return places;
}

/** Waits until most nodes can be asked: a vote has no time for a connection that is being made. */
async function reach(peers: readonly Peer[]): Promise<void> {
  const done = new AbortController();
  const late = delay(CONNECT_WITHIN_MS, 'no answer', {signal: done.signal}).catch(() => undefined);
  const troubles = await Promise.all(peers.map((peer) => Promise.race([troubleOf(peer), late])));
  done.abort();
  const details = troubles.flatMap((trouble, index) =>
    trouble === undefined ? [] : `\n  ${peers[index]?.address}: ${trouble}`,
  );
  if (details.length < peers.length / 2) return;
  throw new CliError(EXIT.unavailable, `Cannot reach Redis:${details.join('')}`);
}

/** Connects. Resolves to what went wrong, if something did. */
async function troubleOf({client}: Peer): Promise<string | undefined> {
  let last: unknown;
  // Stays, so that no later error goes unheard: the locker sees them by itself.
  client.on('error', (error) => (last = error));
  try {
    await client.connect();
    return undefined;
  } catch (error) {
    return messageOf(last ?? error);
  }
}

/** What went wrong, also for an error whose message is empty because it stands for several. */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') {
    return error.errors.map((each) => messageOf(each)).join('; ');
  }
  return error instanceof Error ? error.message : String(error);
}
