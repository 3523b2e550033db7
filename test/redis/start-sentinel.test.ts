import {expect} from 'chai';
import {Redis} from 'ioredis';
import {until} from '../until.js';
import {ownServersOnly} from './own-servers-only.js';
import {startSentinel} from './start-sentinel.js';
import type {SentinelGroup} from './start-sentinel.js';

describe('a master with sentinels for tests', () => {
  let group: SentinelGroup;
  let redis: Redis;

  before(ownServersOnly);

  before(async () => {
    group = await startSentinel();
    redis = new Redis({
      name: group.name,
      sentinels: group.sentinels.map(({host, port}) => ({host, port})),
      sentinelRetryStrategy: () => 50,
      retryStrategy: () => 50,
      maxRetriesPerRequest: 0,
    });
    redis.on('error', () => undefined);
  });

  after(async () => {
    redis?.disconnect();
    await group?.stop();
  });

  it('fails over to the replica', async () => {
    const replica = new Redis(group.replica.url);
    await redis.set('sentinel:data', 1);
    await until(async () => (await replica.get('sentinel:data')) === '1');

    await group.master.kill();

    await until(async () => (await redis.incr('sentinel:data')) > 1, 9000);
    expect(await replica.role()).to.include('master');
    replica.disconnect();
  });
});
