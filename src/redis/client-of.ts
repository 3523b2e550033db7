import type {RedisClient} from './client.js';
import {fromIoredis, isIoredis, isIoredisCluster, type IoredisClient} from './clients/ioredis.js';

/** Any client that the library can speak to: an ioredis `Redis` or `Cluster`, or an object with `send`. */
export type SupportedClient = RedisClient | IoredisClient;

/**
 * The seam for a client, whichever kind it is.
 *
 * @throws {TypeError} when it is of no kind that the library knows.
 */
export function clientOf(client: SupportedClient): RedisClient {
  if (typeof client === 'object' && client !== null) {
    if (isIoredis(client)) return fromIoredis(client);
    if (typeof client.send === 'function') return client;
  }
  throw new TypeError(
    `Expected a Redis client to be an ioredis client or an object with \`send\`, got ${client === null ? 'null' : `a value of type ${typeof client}`}`,
  );
}

/**
 * Refuses a client that changes keys in a way that parts those that must stay together.
 *
 * @throws {RangeError} when it is a Cluster with a `keyPrefix` of its own: that would move a key to another hash slot than
 *   the key beside it.
 */
export function refuseKeyPrefix(client: SupportedClient): void {
  const keyPrefix = isIoredis(client) ? client.options?.keyPrefix : undefined;
  if (isCluster(client) && keyPrefix !== undefined && keyPrefix !== '') {
    throw new RangeError(
      'Expected the `keyPrefix` of a Cluster client to be empty; give it to the locker instead',
    );
  }
}

/** Whether the client places keys by their hash slots, so that the keys of one script must share a slot. */
export const isCluster = (client: SupportedClient): boolean => isIoredisCluster(client);
