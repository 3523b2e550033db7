import {expect} from 'chai';
import * as utilities from 'holdfast/utilities';
import {Cluster} from 'ioredis';
import {chosenSource} from '../redis/chosen-source.js';
import {type RedisCluster, startCluster} from '../redis/start-cluster.js';
import {calls} from './calls.js';
import {skip} from './servers.js';

describe('the utilities on a cluster', () => {
  let cluster: RedisCluster;
  let redis: Cluster;

  before(async function () {
    this.timeout(60_000);
    if (!(await chosenSource()).canFault) skip(this, 'the servers are not ours to start');
    cluster = await startCluster();
    redis = new Cluster(cluster.nodes.map(({host, port}) => ({host, port})));
  });

  beforeEach(() => Promise.all(redis.nodes('master').map((node) => node.flushall())));

  after(async () => {
    redis?.disconnect();
    await cluster?.stop();
  });

  for (const [name, {call}] of Object.entries(calls)) {
    it(`${name} runs with whatever master has the key, knowing the script or not`, async () => {
      for (const node of redis.nodes('master')) await node.script('FLUSH');

      const results = [];
      for (const tag of ['{a}', '{b}', '{c}', '{d}', '{e}', '{f}']) {
        redis.options.keyPrefix = tag;
        results.push(await call(redis));
      }

      const [first, ...rest] = results;
      for (const result of rest) expect(typeof result).to.equal(typeof first);
    });
  }

  it('keep the hash tag of a resource, a key and an identifier', async () => {
    redis.options.keyPrefix = '';
    await utilities.acquireLockWithInfo(redis, '{acct:9}:x', 't', 60_000);
    await utilities.tokenBucketRateLimit(redis, '{acct:9}', {capacity: 9, refillPerSecond: 0.01});
    await utilities.slidingWindowRateLimit(redis, '{acct:9}', {windowMs: 60_000, limit: 9});

    const keys = ['lock:{acct:9}:x', 'tokenbucket:{acct:9}', 'ratelimit:{acct:9}'];
    expect(await redis.exists(...keys)).to.equal(3);
  });

  it('run a script of the ScriptManager that was loaded on another node', async () => {
    redis.options.keyPrefix = '';
    const manager = new utilities.ScriptManager(redis);
    manager.register('hit', 'return redis.call("INCR", KEYS[1])');
    await manager.loadAll();

    for (const key of ['a', 'b', 'c', 'd', 'e', 'f']) {
      expect(await manager.exec('hit', [key], [])).to.equal(1);
      expect(await manager.exec('hit', [key], [])).to.equal(2);
    }
  });
});
