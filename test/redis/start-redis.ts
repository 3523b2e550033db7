import {chosenSource} from './chosen-source.js';
import type {RedisServer, StartOptions} from './redis-server.js';

export async function startRedis(options?: StartOptions): Promise<RedisServer> {
  const source = await chosenSource();
  return source.start(options);
}
