import {expect} from 'chai';
import {Locker} from 'holdfast';
import {Redis} from 'ioredis';

import {block} from '../block.js';
import {ownServersOnly} from '../redis/own-servers-only.js';
import {startSentinel, type SentinelGroup} from '../redis/start-sentinel.js';
import {newName} from './names.js';

describe('a locker on a master that sentinels watch', () => {
  let group: SentinelGroup;
  let redis: Redis;
  let locker: Locker;

  before(ownServersOnly);

  before(async () => {
    group = await startSentinel();
    redis = new Redis({
      name: group.name,
      sentinels: group.sentinels.map(({host, port}) => ({host, port})),
      sentinelRetryStrategy: () => 50,
      retryStrategy: () => 50,
    });
    redis.on('error', () => {});
    locker = new Locker(redis, {ttlMs: 1000});
  });

  after(async () => {
    await locker?.close();
    redis?.disconnect();
    await group?.stop();
  });

  it('may have its locks kept alive by a worker thread, which asks the sentinels too', async () => {
    const lock = await locker.acquire(newName(), {keepAlive: 'worker'});

    block(3000);
    const {isHeld} = lock;

    expect(isHeld).to.equal(true);
    expect(await lock.release()).to.equal(true);
  });

  it('goes on at the new master when the old one dies, with larger fences', async function () {
    this.timeout(30_000);
    const name = newName();
    const held = await locker.acquire(name);

    await group.master.kill();
    const next = await locker.acquire(newName(), {timeoutMs: 20_000});
    await held.release();
    const again = await locker.acquire(name, {timeoutMs: 20_000});

    expect(next.isHeld).to.equal(true);
    expect(again.isHeld).to.equal(true);
    expect(again.fence).to.be.above(held.fence);
    expect(await next.release()).to.equal(true);
    expect(await again.release()).to.equal(true);
  });
});
