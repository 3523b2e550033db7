import type {RedisServer, StartOptions} from './redis-server.js';
import {startRedis} from './start-redis.js';

/** So many independent servers; all or none. */
export async function startRedisNodes(
  count: number,
  options?: StartOptions,
): Promise<RedisServer[]> {
  const starts = await Promise.allSettled(Array.from({length: count}, () => startRedis(options)));
  const nodes = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
  const failed = starts.find((start) => start.status === 'rejected');
  if (failed === undefined) return nodes;
  await Promise.all(nodes.map((node) => node.stop()));
  throw failed.reason;
}
