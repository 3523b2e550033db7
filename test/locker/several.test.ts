import {fenceKey} from '#internal/redis/hash-tag.js';
import {expect} from 'chai';
import {Locker} from 'holdfast';
import type {Redis} from 'ioredis';

import {rejectionOf} from '../rejection.js';
import {seededRandom, shuffle} from '../shuffle.js';
import {slotOf} from '../slot-of.js';
import {until} from '../until.js';
import {newName} from './names.js';
import {at} from './nodes.js';
import {layouts, type Topology} from './topologies.js';

/** Names that may be locked together everywhere. */
const newNames = (count: number): string[] => {
  const tag = newName();
  return Array.from({length: count}, (_, index) => `{${tag}}:${index}`);
};

/** Deletes a key where it is; other masters of a Cluster refuse. */
const deleteFrom = (redis: Redis, key: string): Promise<unknown> => rejectionOf(redis.del(key));

for (const layout of layouts) {
  const title = layout.name;
  describe(`a lock on several resources, on ${title},`, () => {
    let topology: Topology;
    let one: Locker;
    let other: Locker;

    before(async () => {
      topology = await layout.get();
      one = new Locker(topology.connect());
      other = new Locker(topology.connect());
    });

    after(async () => {
      await one.close();
      await other.close();
    });

    it('has all of them, each with a fence of its own, and frees all of them', async () => {
      const [a = '', b = '', c = ''] = newNames(3);
      const before = await one.acquire(b);
      await before.release();

      const lock = await one.acquire([a, b, c]);
      const each = await Promise.all([a, b, c].map((name) => other.tryAcquire(name)));
      const {fences} = lock;
      const released = await lock.release();

      expect(each).to.deep.equal([undefined, undefined, undefined]);
      expect([...fences.keys()]).to.deep.equal([a, b, c]);
      expect(fences.get(b)).to.be.above(before.fence);
      expect(released).to.equal(true);
      for (const name of [a, b, c]) {
        const next = await other.acquire(name);
        expect(next.fence).to.be.above(fences.get(name) ?? Infinity);
        await next.release();
      }
    });

    it('has none of them while another holds one', async () => {
      const [a = '', b = '', c = ''] = newNames(3);
      await using held = await one.acquire(c);

      const both = await other.tryAcquire([a, b, c]);
      const free = await Promise.all([a, b].map((name) => one.tryAcquire(name)));

      expect(held.isHeld).to.equal(true);
      expect(both).to.equal(undefined);
      for (const lock of free) expect(await lock?.release()).to.equal(true);
    });

    it('is kept alive, extended and lost as a whole', async () => {
      const names = newNames(2);
      const lock = await one.acquire(names, {ttlMs: 1000});
      await lock.extend(2000);
      const [second = ''] = names.slice(1);
      await until(async () => {
        // Again and again: the slower servers of a quorum may get the key later than the first.
        await Promise.all(topology.direct.map((redis) => deleteFrom(redis, `lock:${second}`)));
        return lock.signal.aborted;
      });

      expect(lock.isHeld).to.equal(false);
      await lock.release();
    });

    it('never brings two to a standstill that name them in different orders', async () => {
      const names = newNames(4);
      const random = seededRandom(7);
      const inside = new Set<string>();
      let sections = 0;
      const takeTurns = async (locker: Locker): Promise<void> => {
        for (let turn = 0; turn < 10; turn += 1) {
          const some = shuffle(names, random).slice(0, 1 + Math.floor(random() * 3));
          await locker.using(some, {ttlMs: 2000}, async () => {
            for (const name of some) expect(inside.has(name)).to.equal(false);
            for (const name of some) inside.add(name);
            await Promise.resolve();
            for (const name of some) inside.delete(name);
            sections += 1;
          });
        }
      };

      await Promise.all([takeTurns(one), takeTurns(other), takeTurns(one), takeTurns(other)]);

      expect(sections).to.equal(40);
    });

    if (title.includes('Cluster')) {
      it('can be taken wherever the Cluster keeps its keys, counters beside the locks', async () => {
        const redis = at(topology.direct, 0);
        for (const name of [newName(), `{${newName()}}:x`, 'a{b', `${newName()}{t}`, '🔒']) {
          const key = `lock:${name}`;
          const slots = await Promise.all(
            [key, fenceKey(key)].map((each) => redis.cluster('KEYSLOT', each)),
          );
          await one.using(name, () => {});

          expect(slots[0]).to.equal(slots[1]);
          expect(slots[0]).to.equal(slotOf(key));
        }
      });

      it('is refused where they have different hash tags', async () => {
        const errors = await Promise.all([
          rejectionOf(one.acquire(['a', 'b'])),
          rejectionOf(one.tryAcquire(['{a}:1', '{b}:1'])),
        ]);

        for (const error of errors) {
          expect(error).to.be.an.instanceOf(RangeError);
          expect(String(error)).to.include('hash tag');
        }
      });
    } else {
      it('needs no hash tag', async () => {
        const names = [newName(), newName()];

        const lock = await one.acquire(names);

        expect(await lock.release()).to.equal(true);
      });
    }
  });
}
