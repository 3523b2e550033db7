import type {RedisClient} from '../client.js';

/** What the library uses of an ioredis `Redis` or `Cluster`, version 5.11 or later. */
export interface IoredisClient {
  call(command: string, ...args: string[]): Promise<unknown>;
  /** Only a `Cluster` has this one. */
  nodes?(role?: 'all' | 'master' | 'slave'): unknown[];
}

export function isIoredis(client: object): client is IoredisClient {
  return 'call' in client && typeof client.call === 'function';
}

export function isIoredisCluster(client: object): boolean {
  return isIoredis(client) && typeof client.nodes === 'function';
}

/** Speaks to an ioredis client through the library's seam. Commands of a `Cluster` find their own way by the first key. */
export function fromIoredis(client: IoredisClient): RedisClient {
  return {send: (command, args) => client.call(command, ...args)};
}
