import {expect} from 'chai';
import {Locker, QuorumError} from 'holdfast';
import type {Redis} from 'ioredis';

import {rejectionOf} from '../rejection.js';
import {until} from '../until.js';
import {newName} from './names.js';
import {fenceKeyOf, keyOf, Nodes} from './nodes.js';

describe('fences over three nodes', () => {
  let nodes: Nodes;

  before(async () => {
    nodes = await Nodes.start(3);
  });

  after(async () => {
    await nodes.stop();
  });

  it('are unique and grow in the order of acquisition while lockers contend over uneven networks', async () => {
    const name = newName();
    const lockers = Array.from({length: 5}, () => new Locker(nodes.connectThroughProxies()));
    const fences: number[] = [];
    const takeTurns = async (locker: Locker, seed: number): Promise<void> => {
      for (let turn = 0; turn < 8; turn += 1) {
        nodes.proxy((seed + turn) % 3).delay((seed * 7 + turn) % 3);
        await locker.using(name, {timeoutMs: 30_000, ttlMs: 2000}, (lock) => {
          fences.push(lock.fence);
        });
      }
    };

    await Promise.all(lockers.map((locker, seed) => takeTurns(locker, seed)));
    nodes.heal();
    await Promise.all(lockers.map((locker) => locker.close()));

    expect(fences).to.have.lengthOf(40);
    expect(fences).to.deep.equal(fences.toSorted((a, b) => a - b));
    expect(new Set(fences).size).to.equal(40);
  });

  it('are the largest of all, and the counters of a quorum are raised to it, where they differ', async () => {
    const far = 8_000_000_000_000_000;
    for (const ahead of [0, 1, 2]) {
      await using locker = new Locker(nodes.connectThroughProxies(), {
        ttlMs: 20_000,
        nodeTimeoutMs: 3000,
      });
      const name = newName();
      // The one that is ahead is always among those that answer first.
      nodes.proxy((ahead + 1) % 3).delay(30);
      await nodes.redis(ahead).set(fenceKeyOf(name), far);

      const lock = await locker.acquire(name);
      const counters = await nodes.get(fenceKeyOf(name));
      nodes.heal();

      expect(lock.fence).to.equal(far + 1);
      const raised = counters.filter((counter) => Number(counter) === far + 1);
      expect(raised.length).to.be.at.least(2);
    }
  });

  it('grow on without the node that was ahead', async () => {
    const name = newName();
    const far = 8_500_000_000_000_000;
    const locker = new Locker(nodes.connectThroughProxies(), {ttlMs: 3000, nodeTimeoutMs: 500});
    nodes.proxy(2).delay(50);
    await nodes.redis(0).set(fenceKeyOf(name), far);
    const first = await locker.acquire(name);
    await first.release();
    nodes.heal();
    await until(async () => (await nodes.count(keyOf(name))) === 0);

    nodes.proxy(0).hold();
    const second = await locker.acquire(name);
    nodes.heal();

    expect(first.fence).to.equal(far + 1);
    expect(second.fence).to.be.above(first.fence);
    await second.release();
    await locker.close();
  });

  it('cannot be had, and neither can the lock, where a counter would leave the safe integers', async () => {
    const name = newName();
    const locker = new Locker(nodes.connect(), {ttlMs: 2000});
    await Promise.all(
      nodes.direct.map((redis) => redis.set(fenceKeyOf(name), String(2 ** 53 - 1))),
    );

    const error = await rejectionOf(locker.tryAcquire(name));

    expect(error).to.have.property('code', 'ERR_QUORUM');
    await until(async () => (await nodes.count(keyOf(name))) === 0, 1500);
    await locker.close();
  });

  for (const spoiled of [2, 3]) {
    it(`cannot be had from counters at 2^53 on ${spoiled} of 3 nodes: that is an error at once, and leaves no lock`, async () => {
      const name = newName();
      await using locker = new Locker(nodes.connect(), {ttlMs: 5000, nodeTimeoutMs: 1000});
      const counters = nodes.direct.slice(0, spoiled);
      await Promise.all(
        counters.map((redis) => redis.set(fenceKeyOf(name), '9007199254740992', 'EX', 60)),
      );

      const error = await rejectionOf(locker.tryAcquire(name));

      expect(error).to.be.an.instanceOf(QuorumError);
      const {nodeErrors} = error as QuorumError;
      expect(new Set(nodeErrors.map(({replyCode}) => replyCode))).to.deep.equal(new Set(['FENCE']));
      expect(error).to.have.nested.property('cause.replyCode', 'FENCE');
      await until(async () => (await nodes.count(keyOf(name))) === 0, 1500);
    });
  }

  const spoilers = {
    text: (redis: Redis, key: string) => redis.set(key, 'a text', 'EX', 60),
    'another type': (redis: Redis, key: string) =>
      redis.multi().del(key).rpush(key, 'an item').expire(key, 60).exec(),
  };

  for (const [kind, spoil] of Object.entries(spoilers)) {
    it(`that turn into ${kind} while a lock is held do not cost the lock`, async () => {
      const name = newName();
      await using locker = new Locker(nodes.connect(), {ttlMs: 5000, nodeTimeoutMs: 1000});
      const lock = await locker.acquire(name);
      await nodes.haveAll(keyOf(name), lock.token);
      await Promise.all(nodes.direct.map((redis) => spoil(redis, fenceKeyOf(name))));

      await lock.extend(20_000);
      const leftMs = await Promise.all(nodes.direct.map((redis) => redis.pttl(keyOf(name))));
      const {isHeld} = lock;
      const released = await lock.release();

      expect(leftMs.filter((ms) => ms > 15_000)).to.have.length.of.at.least(2);
      expect([isHeld, released]).to.deep.equal([true, true]);
      await until(async () => (await nodes.count(keyOf(name))) === 0);
    });
  }
});
