import {expect} from 'chai';
import * as utilities from 'holdfast/utilities';
import {onEachServer} from './servers.js';

const times = <T>(count: number, call: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({length: count}, (_, index) => call(index)));

const countOf = <T>(values: T[], value: T): number => values.filter((one) => one === value).length;

describe('many calls at once', () => {
  onEachServer((server) => {
    it('give a lock to one of them, and the rest know how long it is held', async () => {
      const results = await times(1000, (index) =>
        utilities.acquireLockWithInfo(server.redis, 'a', `token ${index}`, 60_000),
      );

      expect(results.filter(({acquired}) => acquired)).to.have.lengthOf(1);
      for (const {acquired, retryAfterMs} of results) {
        if (acquired) expect(retryAfterMs).to.equal(0);
        else expect(retryAfterMs).to.be.within(50_000, 60_000);
      }
    });

    it('release a lock once', async () => {
      await server.redis.set('lock:a', 't');

      const results = await times(100, () => utilities.releaseLock(server.redis, 'a', 't'));

      expect(countOf(results, true)).to.equal(1);
    });

    it('swap a value once', async () => {
      await server.redis.set('v', 'old');

      const results = await times(500, (index) =>
        utilities.compareAndSwap(server.redis, 'v', 'old', `new ${index}`),
      );

      expect(countOf(results, true)).to.equal(1);
      expect(await server.redis.get('v')).to.equal(`new ${results.indexOf(true)}`);
    });

    it('create a value once', async () => {
      const results = await times(500, (index) =>
        utilities.setIfNotExistsWithTTL(server.redis, 'v', String(index), 60_000),
      );

      expect(countOf(results, true)).to.equal(1);
      expect(await server.redis.get('v')).to.equal(String(results.indexOf(true)));
    });

    it('read one default', async () => {
      const results = await times(500, (index) =>
        utilities.getOrSet(server.redis, 'v', String(index)),
      );

      expect(new Set(results)).to.have.property('size', 1);
    });

    it('count up to a limit, each value once on the way', async () => {
      const results = await times(500, () =>
        utilities.incrementWithLimit(server.redis, 'n', 1, 300),
      );

      expect(new Set(results)).to.have.property('size', 300);
      expect(countOf(results, 300)).to.equal(201);
    });

    it('reset a counter exactly once in every round', async () => {
      const results = await times(1000, () => utilities.counterWithReset(server.redis, 'n', 10, 2));

      // 10 calls to the first reset, then one in 8.
      expect(results.filter(({reset}) => reset)).to.have.lengthOf(1 + Math.floor(990 / 8));
      expect(Math.max(...results.map(({value}) => value))).to.equal(9);
    });

    it('add to a field up to its bound', async () => {
      const results = await times(300, () =>
        utilities.hashIncrWithBounds(server.redis, 'h', 'f', 1, {min: 0, max: 200}),
      );

      expect(new Set(results)).to.have.property('size', 200);
      expect(await server.redis.hget('h', 'f')).to.equal('200');
    });

    it('leave the greatest number', async () => {
      await times(500, (index) =>
        utilities.hashSetIfGreater(server.redis, 'h', 'f', ((index * 7919) % 500) + 0.5),
      );

      expect(await server.redis.hget('h', 'f')).to.equal('499.5');
    });

    it('pop every element but those that must remain, each once', async () => {
      await server.redis.rpush('q', ...Array.from({length: 100}, (_, index) => String(index)));

      const results = await times(200, () => utilities.listPopWithMinSize(server.redis, 'q', 30));

      expect(new Set(results)).to.have.property('size', 71);
      expect(countOf(results, null)).to.equal(130);
      expect(await server.redis.llen('q')).to.equal(30);
    });

    it('never make a buffer too long', async () => {
      const results = await times(500, (index) =>
        utilities.circularBufferAdd(server.redis, 'q', String(index), 50),
      );

      expect(Math.max(...results)).to.equal(50);
      expect(await server.redis.llen('q')).to.equal(50);
    });
  });
});
