import {expect} from 'chai';
import {firstThatWorks} from './first-that-works.js';
import type {RedisProbes} from './redis-probes.js';
import type {RedisSource} from './redis-source.js';
import {redisWays} from './redis-ways.js';

const asked = {REDIS_URLS: 'redis://one, redis://two', TEST_REDIS: 'docker'};

const allWork: RedisProbes = {
  given: async (urls) => source(`given ${urls.length}`),
  docker: async (image) => source(`docker ${image}`),
  local: async () => source('local'),
  debian: async () => source('debian'),
};

const noneWorks: RedisProbes = {
  given: async () => {
    throw new Error('given fails');
  },
  docker: async () => 'docker fails',
  local: async () => 'local fails',
  debian: async () => 'debian fails',
};

describe('the ways to Redis', () => {
  it('start with the servers that are named', async () => {
    expect(await choice(asked, allWork)).to.equal('given 2');
    expect(await choice({REDIS_URL: 'redis://one'}, allWork)).to.equal('given 1');
  });

  it('prefer Docker to a binary when it is asked for', async () => {
    expect(await choice({TEST_REDIS: 'docker'}, allWork)).to.equal('docker redis:7-alpine');
  });

  it('prefer a binary to Docker otherwise', async () => {
    expect(await choice({}, allWork)).to.equal('local');
  });

  it('go to Docker without a binary', async () => {
    const env = {TEST_REDIS_IMAGE: 'my-redis'};

    expect(await choice(env, {...allWork, local: noneWorks.local})).to.equal('docker my-redis');
  });

  it("end with the distribution's package", async () => {
    expect(await choice({}, {...noneWorks, debian: allWork.debian})).to.equal('debian');
  });

  it('do not hide that what was asked for fails', async () => {
    const given = await choice(asked, {...allWork, given: noneWorks.given});
    const docker = await choice({TEST_REDIS: 'docker'}, {...allWork, docker: noneWorks.docker});

    expect(given).to.equal('given fails');
    expect(docker).to.equal('TEST_REDIS=docker: docker fails');
  });

  it('are all named, with the reason, when none works', async () => {
    const ways = ['REDIS_URLS', 'REDIS_URL', 'TEST_REDIS=docker', 'TEST_REDIS_IMAGE'];
    const places = ['redis-server', 'valkey-server', 'keydb-server', 'REDIS_SERVER_BIN'];
    const systems = ['Docker', 'Debian', 'Ubuntu'];
    const reasons = ['docker fails', 'local fails', 'debian fails'];

    const message = await choice({}, noneWorks);

    for (const word of [...ways, ...places, ...systems, ...reasons]) {
      expect(message).to.include(word);
    }
  });
});

function source(name: string): RedisSource {
  return {name, canFault: false, start: () => Promise.reject(new Error('not for tests'))};
}

async function choice(env: NodeJS.ProcessEnv, probes: RedisProbes): Promise<string> {
  try {
    return (await firstThatWorks(redisWays(env, probes))).name;
  } catch (error) {
    return (error as Error).message;
  }
}
