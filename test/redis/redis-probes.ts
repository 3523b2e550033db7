import {binarySource} from './binary-source.js';
import {debianBinary} from './debian-binary.js';
import {givenSource} from './given-source.js';
import {localBinary} from './local-binary.js';
import type {RedisSource} from './redis-source.js';

/** Each looks for Redis in one place, and says why when there is none. */
export type RedisProbes = {
  readonly given: (urls: readonly string[]) => Promise<RedisSource>;
  readonly docker: (image: string) => Promise<RedisSource | string>;
  readonly local: (env: NodeJS.ProcessEnv) => Promise<RedisSource | string>;
  readonly debian: () => Promise<RedisSource | string>;
};

export const redisProbes: RedisProbes = {
  given: givenSource,
  async docker(image) {
    // Loading Testcontainers takes longer than starting ten servers.
    const {dockerSource} = await import('./docker-source.js');
    return dockerSource(image);
  },
  async local(env) {
    const binary = await localBinary(env);
    return binary === undefined ? 'none found' : binarySource(binary);
  },
  async debian() {
    const binary = await debianBinary();
    return typeof binary === 'string' ? binary : binarySource(binary);
  },
};
