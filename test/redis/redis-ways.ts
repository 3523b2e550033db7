import {binarySource} from './binary-source.js';
import {binaryOnPath} from './binary-on-path.js';
import {debianBinary, fetchedDebianBinary} from './debian-binary.js';
import type {RedisWay} from './first-that-works.js';
import {givenSource} from './given-source.js';

const notAsked = 'not set';

/** All ways to Redis, in the order in which they are tried. */
export function redisWays(env: NodeJS.ProcessEnv = process.env): readonly RedisWay[] {
  return [
    {
      advice: 'REDIS_URLS or REDIS_URL: the servers to use, separated by commas',
      async find() {
        const urls = env['REDIS_URLS'] ?? env['REDIS_URL'];
        return urls ? givenSource(urls.split(',')) : notAsked;
      },
    },
    {
      advice: 'TEST_REDIS=docker: containers of TEST_REDIS_IMAGE, by default redis:7-alpine',
      async find() {
        if (env['TEST_REDIS'] !== 'docker') return notAsked;
        const source = await dockerSource(env);
        if (typeof source === 'string') throw new Error(`TEST_REDIS=docker: ${source}`);
        return source;
      },
    },
    {
      advice: 'redis-server, valkey-server or keydb-server on PATH, or REDIS_SERVER_BIN',
      async find() {
        const path = env['REDIS_SERVER_BIN'] ?? (await binaryOnPath(env['PATH']));
        if (path) return binarySource({path});
        // Fetched before: as good as installed, and there at once.
        const fetched = await fetchedDebianBinary();
        return fetched === undefined ? 'none found' : binarySource(fetched);
      },
    },
    {
      advice: 'Docker, up and running',
      find: () => dockerSource(env),
    },
    {
      advice: 'Debian or Ubuntu, whose Redis package can be fetched and unpacked under .cache',
      async find() {
        const binary = await debianBinary();
        return typeof binary === 'string' ? binary : binarySource(binary);
      },
    },
  ];
}

// Loading Testcontainers takes longer than starting ten servers.
async function dockerSource(env: NodeJS.ProcessEnv): ReturnType<RedisWay['find']> {
  const docker = await import('./docker-source.js');
  return docker.dockerSource(env['TEST_REDIS_IMAGE'] ?? 'redis:7-alpine');
}
