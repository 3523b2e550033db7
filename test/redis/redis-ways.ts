import type {RedisWay} from './first-that-works.js';
import {redisProbes} from './redis-probes.js';
import type {RedisProbes} from './redis-probes.js';

const defaultImage = 'redis:7-alpine';
const notAsked = 'not set';

/** All ways to Redis, in the order in which they are tried. */
export function redisWays(
  env: NodeJS.ProcessEnv = process.env,
  probes: RedisProbes = redisProbes,
): readonly RedisWay[] {
  const image = env['TEST_REDIS_IMAGE'] ?? defaultImage;
  return [
    {
      advice: 'REDIS_URLS or REDIS_URL: the servers to use, separated by commas',
      async find() {
        const urls = env['REDIS_URLS'] ?? env['REDIS_URL'];
        return urls ? probes.given(urls.split(',')) : notAsked;
      },
    },
    {
      advice: `TEST_REDIS=docker: containers of TEST_REDIS_IMAGE, by default ${defaultImage}`,
      async find() {
        if (env['TEST_REDIS'] !== 'docker') return notAsked;
        const found = await probes.docker(image);
        if (typeof found === 'string') throw new Error(`TEST_REDIS=docker: ${found}`);
        return found;
      },
    },
    {
      advice: 'redis-server, valkey-server or keydb-server on PATH, or REDIS_SERVER_BIN',
      find: () => probes.local(env),
    },
    {
      advice: 'Docker, up and running',
      find: () => probes.docker(image),
    },
    {
      advice: 'Debian or Ubuntu, whose Redis package is fetched and unpacked under .cache/redis',
      find: () => probes.debian(),
    },
  ];
}
