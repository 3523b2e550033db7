import {expect} from 'chai';
import {
  type RateLimitResult,
  scripts,
  slidingWindowRateLimit,
  type SlidingWindowOptions,
  tokenBucketRateLimit,
  type TokenBucketOptions,
} from 'holdfast/utilities';
import {setImmediate as turn} from 'node:timers/promises';
import {until} from '../until.js';
import {onEachServer, type ServerUnderTest} from './servers.js';

/** Both limiters, each allowing 137 units and then no more for a minute. */
const limiters: Record<
  string,
  (server: ServerUnderTest, cost?: number) => Promise<RateLimitResult>
> = {
  slidingWindowRateLimit: ({redis}, cost) =>
    slidingWindowRateLimit(redis, 'a', {windowMs: 60_000, limit: 137, cost}),
  tokenBucketRateLimit: ({redis}, cost) =>
    tokenBucketRateLimit(redis, 'a', {capacity: 137, refillPerSecond: 0.0001, cost}),
};

const times = <T>(count: number, call: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({length: count}, (_, index) => call(index)));

/** Not by a timer: those may be early. */
async function waitExactly(ms: number): Promise<void> {
  const end = performance.now() + ms;
  while (performance.now() < end) await turn();
}

const windows: SlidingWindowOptions[] = [
  {windowMs: 1, limit: 1},
  {windowMs: 37, limit: 3, cost: 2},
  {windowMs: 60, limit: 7, cost: 7},
];

const buckets: TokenBucketOptions[] = [
  {capacity: 1, refillPerSecond: 333.3},
  {capacity: 3, refillPerSecond: 70.1, cost: 3},
  {capacity: 10, refillPerSecond: 177.7, cost: 7},
  {capacity: 1_000_000_007, refillPerSecond: 1_234_567_891.1, cost: 99_999_989},
  {capacity: 5, refillPerSecond: 1e6, cost: 2},
];

describe('the rate limiters', () => {
  onEachServer((server) => {
    for (const [name, take] of Object.entries(limiters)) {
      it(`${name} allows exactly the limit, however many ask at once`, async () => {
        const results = await times(1000, () => take(server));

        const allowed = results.filter((result) => result.allowed);
        expect(allowed).to.have.lengthOf(137);
        expect(allowed.map(({remaining}) => remaining)).to.have.members(
          Array.from({length: 137}, (_, index) => index),
        );
      });

      it(`${name} takes all of a cost or nothing, however many ask at once`, async () => {
        const results = await times(100, (index) => take(server, (index % 7) + 1));

        const taken = results.map(({allowed}, index) => (allowed ? (index % 7) + 1 : 0));
        expect(taken.reduce((sum, one) => sum + one)).to.equal(137);
        expect(await take(server, 0)).to.include({allowed: false, remaining: 0});
      });

      it(`${name} does not look at the clock of this machine`, async () => {
        const {now} = Date;
        for (const wrong of [0, Date.UTC(2100, 0, 1)]) {
          Date.now = () => wrong;
          try {
            server.freshKeys();
            await take(server, 136);
            expect(await take(server)).to.include({allowed: true, remaining: 0});
            expect(await take(server)).to.include({allowed: false});
          } finally {
            Date.now = now;
          }
        }
      });
    }

    for (const options of windows) {
      it(`slidingWindowRateLimit allows after exactly retryAfterMs: ${JSON.stringify(options)}`, async () => {
        for (let round = 0; round < 5; round += 1) {
          let result = await slidingWindowRateLimit(server.redis, 'a', options);
          while (result.allowed) result = await slidingWindowRateLimit(server.redis, 'a', options);
          await waitExactly(result.retryAfterMs);

          result = await slidingWindowRateLimit(server.redis, 'a', options);
          expect(result.allowed, `round ${round}`).to.equal(true);
        }
      });
    }

    for (const options of buckets) {
      it(`tokenBucketRateLimit allows after exactly retryAfterMs: ${JSON.stringify(options)}`, async () => {
        for (let round = 0; round < 5; round += 1) {
          let result = await tokenBucketRateLimit(server.redis, 'a', options);
          for (let calls = 0; result.allowed && calls < 50; calls += 1) {
            result = await tokenBucketRateLimit(server.redis, 'a', options);
          }
          await waitExactly(result.retryAfterMs);

          result = await tokenBucketRateLimit(server.redis, 'a', options);
          expect(result.allowed, `round ${round}`).to.equal(true);
        }
      });
    }

    it('slidingWindowRateLimit never lets more than the limit into any window', async () => {
      const [limit, windowMs] = [5, 25];
      const taken: {sent: number; answered: number}[] = [];
      const end = performance.now() + 300;
      while (performance.now() < end) {
        const sent = performance.now();
        const {allowed} = await slidingWindowRateLimit(server.redis, 'a', {windowMs, limit});
        if (allowed) taken.push({sent, answered: performance.now()});
      }

      expect(taken.length).to.be.greaterThan(10);
      for (const [index, last] of taken.slice(limit).entries()) {
        const first = taken[index]?.sent ?? Number.NaN;
        expect(last.answered - first).to.be.at.least(windowMs - 1);
      }
    });

    it('slidingWindowRateLimit keeps its units apart when the time stands still', async () => {
      // One script, one TIME: on newer servers all of a transaction share it.
      const multi = server.redis.multi();
      for (let call = 0; call < 20; call += 1) {
        multi.eval(scripts.slidingWindowRateLimit.lua, 1, 'ratelimit:a', '60000', '1000', '7');
      }
      await multi.exec();

      expect(await server.redis.zcard('ratelimit:a')).to.equal(140);
    });

    it('slidingWindowRateLimit takes the next number where a member is there already', async () => {
      // As after a clock that was set back: the same microseconds come again.
      const script = scripts.slidingWindowRateLimit.lua.replace(
        "redis.call('TIME')",
        "{'1700000000', '5'}",
      );
      const run = (): Promise<unknown> =>
        server.redis.eval(script, 1, 'ratelimit:a', '60000', '1000', '5');

      await run();
      await server.redis.zpopmin('ratelimit:a', 3);
      await run();

      expect(await server.redis.zcard('ratelimit:a')).to.equal(7);
    });

    it('slidingWindowRateLimit keeps a hundred units in 36 bytes each, or less', async () => {
      await slidingWindowRateLimit(server.redis, 'a', {windowMs: 60_000, limit: 100, cost: 100});

      const {keyPrefix = ''} = server.redis.options;
      const bytes = Number(await server.redis.memory('USAGE', 'ratelimit:a'));
      expect(bytes - keyPrefix.length).to.be.below(3600);
    });

    it('tokenBucketRateLimit refills on after a refill in the future, though it was denied', async () => {
      const options = {capacity: 6, refillPerSecond: 100};
      const future = String((await server.now()) + 9_999_999);
      await server.redis.hset('tokenbucket:a', {tokens: '0', last_refill: future});

      expect(await tokenBucketRateLimit(server.redis, 'a', options)).to.include({allowed: false});

      await until(async () => {
        const {allowed} = await tokenBucketRateLimit(server.redis, 'a', options);
        return allowed;
      });
    });

    it('tokenBucketRateLimit gives what is refilled and no more', async () => {
      const options = {capacity: 4, refillPerSecond: 200};
      const start = performance.now();
      let taken = 0;
      while (performance.now() < start + 200) {
        taken += (await tokenBucketRateLimit(server.redis, 'a', options)).allowed ? 1 : 0;
      }
      const seconds = (performance.now() - start) / 1000;

      expect(taken).to.be.within(10, 4 + Math.ceil(seconds * 200) + 1);
    });
  });
});
