import {expect} from 'chai';
import {Locker, LockLostError} from 'holdfast';

import {rejectionOf} from '../rejection.js';
import {until} from '../until.js';
import {newName} from './names.js';
import {fenceKeyOf, keyOf, Nodes} from './nodes.js';

for (const count of [1, 3, 5]) {
  describe(`a lock in the course of time, on ${count} node${count > 1 ? 's' : ''},`, () => {
    let nodes: Nodes;
    let one: Locker;
    let other: Locker;

    before(async () => {
      nodes = await Nodes.start(count);
      one = new Locker(nodes.connect());
      other = new Locker(nodes.connect());
    });

    after(async () => {
      await one.close();
      await other.close();
      await nodes.stop();
    });

    it('is over after its time to live, and lost before anyone else has it, unless it is kept alive', async () => {
      const name = newName();
      const lock = await one.acquire(name, {ttlMs: 300, keepAlive: false});
      const {signal} = lock;
      const events: string[] = [];
      signal.addEventListener('abort', () => events.push('lost'));

      const next = await other.acquire(name);
      events.push('taken over');

      expect(events).to.deep.equal(['lost', 'taken over']);
      expect(lock.isHeld).to.equal(false);
      expect(signal.reason).to.be.an.instanceOf(LockLostError);
      expect(next.fence).to.be.above(lock.fence);
      await next.release();
    });

    it('holds far beyond its time to live while it keeps itself alive', async () => {
      const name = newName();
      const lock = await one.acquire(name, {ttlMs: 700});
      const start = performance.now();

      await until(() => performance.now() - start > 1300);

      expect(lock.isHeld).to.equal(true);
      expect(lock.remainingMs).to.be.within(1, 700);
      expect(await other.tryAcquire(name)).to.equal(undefined);
      expect(await lock.release()).to.equal(true);
    });

    it('is lost after maxHoldMs even though it keeps itself alive, and free again soon after', async () => {
      const name = newName();
      const lock = await one.acquire(name, {ttlMs: 300, maxHoldMs: 600});
      const start = performance.now();

      await until(() => lock.signal.aborted);
      const heldMs = performance.now() - start;
      const next = await other.acquire(name);

      expect(heldMs).to.be.within(500, 3000);
      expect(next.fence).to.be.above(lock.fence);
      await next.release();
    });

    it('is prolonged by extend, and never shortened by it', async () => {
      const name = newName();
      const lock = await one.acquire(name, {ttlMs: 1000, keepAlive: false});
      await nodes.haveAll(keyOf(name), lock.token);
      const lives = (): Promise<number[]> =>
        Promise.all(nodes.direct.map((redis) => redis.pttl(keyOf(name))));

      await lock.extend(60_000);
      await until(async () => (await lives()).every((ms) => ms > 30_000));
      await lock.extend(300);
      await lock.extend(300);

      for (const ms of await lives()) expect(ms).to.be.within(30_000, 60_000);
      expect(lock.remainingMs).to.be.above(30_000);
      await lock.release();
    });

    it('is not brought back by extend after its key was deleted', async () => {
      const name = newName();
      const lock = await one.acquire(name, {keepAlive: false});
      await nodes.haveAll(keyOf(name), lock.token);
      await Promise.all(nodes.direct.map((redis) => redis.del(keyOf(name))));

      const error = await rejectionOf(lock.extend());

      expect(error).to.be.an.instanceOf(LockLostError);
      expect(lock.isHeld).to.equal(false);
      expect(await nodes.count(keyOf(name))).to.equal(0);
    });

    it('is lost within a heartbeat when its key is taken by another', async () => {
      const name = newName();
      const lock = await one.acquire(name, {ttlMs: 600});
      await nodes.haveAll(keyOf(name), lock.token);
      await Promise.all(nodes.direct.map((redis) => redis.set(keyOf(name), 'a thief')));

      await until(() => lock.signal.aborted);

      expect(lock.isHeld).to.equal(false);
      expect(await lock.release()).to.equal(false);
      expect(await nodes.get(keyOf(name))).to.deep.equal(nodes.servers.map(() => 'a thief'));
    });

    it('is never freed by a stale release of who held it before', async () => {
      const name = newName();
      const stale = await one.acquire(name, {ttlMs: 250, keepAlive: false});
      // Nodes end a key at slightly different times, and one that still has it would not take part in the next vote.
      await until(async () => (await nodes.count(keyOf(name))) === 0);
      const next = await other.acquire(name);
      await nodes.haveAll(keyOf(name), next.token);

      const released = await stale.release();

      expect(released).to.equal(false);
      expect(next.isHeld).to.equal(true);
      expect(await nodes.get(keyOf(name))).to.deep.equal(nodes.servers.map(() => next.token));
      expect(await next.release()).to.equal(true);
    });

    it('refuses to be extended by a time that it could not be kept for, and is held on', async () => {
      const lock = await one.acquire(newName());

      for (const ttlMs of [0, -1, 1.5, Number.NaN, Infinity, 100, '1000', null]) {
        const error = await rejectionOf(lock.extend(ttlMs as number));
        const type = typeof ttlMs === 'number' ? RangeError : TypeError;
        expect(error, String(ttlMs)).to.be.an.instanceOf(type);
      }

      expect(lock.isHeld).to.equal(true);
      expect(await lock.release()).to.equal(true);
    });

    it('has a larger fence for each next holder, and a new token', async () => {
      const name = newName();
      const fences: number[] = [];
      const tokens = new Set<string>();

      for (let turn = 0; turn < 20; turn += 1) {
        await using lock = await (turn % 2 === 0 ? one : other).acquire(name);
        fences.push(lock.fence);
        tokens.add(lock.token);
      }

      expect(fences).to.deep.equal(fences.toSorted((a, b) => a - b));
      expect(new Set(fences).size).to.equal(20);
      expect(tokens.size).to.equal(20);
      expect(fences.every((fence) => Number.isSafeInteger(fence))).to.equal(true);
    });

    it('has a larger fence even after a node has lost its counters', async () => {
      const name = newName();
      const [before, later] = [await one.acquire(name), newName()];
      await before.release();
      await nodes.redis(0).flushall();
      // The counter starts again from the clock, which stands still for 256 ms at a time.
      const start = performance.now();
      await until(() => performance.now() - start > 300);

      await using lock = await other.acquire(name);
      await using fresh = await other.acquire(later);

      expect(lock.fence).to.be.above(before.fence);
      expect(fresh.fence).to.be.above(before.fence);
    });

    it('leaves nothing but a counter with a limited life', async () => {
      const name = newName();
      await (await one.acquire(name)).release();

      await until(async () => (await nodes.count(keyOf(name))) === 0);
      await until(async () => (await nodes.count(fenceKeyOf(name))) === count);
      const lives = await Promise.all(nodes.direct.map((redis) => redis.pttl(fenceKeyOf(name))));

      for (const ms of lives) expect(ms).to.be.within(1, 600_000);
    });
  });
}
