import {releaseChannel} from '#internal/redis/hash-tag.js';
import type {Redis} from 'ioredis';

import {keyOf} from './nodes.js';

/** On each of the servers, how many clients listen for the release of a resource. */
export async function listenersOn(servers: readonly Redis[], name: string): Promise<number[]> {
  const replies = await Promise.all(
    servers.map((redis) => redis.pubsub('NUMSUB', releaseChannel(keyOf(name)))),
  );
  return replies.map(([, count]) => Number(count));
}
