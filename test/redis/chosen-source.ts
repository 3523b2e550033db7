import {firstThatWorks} from './first-that-works.js';
import type {RedisSource} from './redis-source.js';
import {redisWays} from './redis-ways.js';

let chosen: Promise<RedisSource> | undefined;

/** The first way to Redis that works here; looked for once, and told once. */
export function chosenSource(): Promise<RedisSource> {
  chosen ??= choose();
  return chosen;
}

async function choose(): Promise<RedisSource> {
  const source = await firstThatWorks(redisWays());
  process.stderr.write(`Redis for tests: ${source.name}\n`);
  return source;
}
