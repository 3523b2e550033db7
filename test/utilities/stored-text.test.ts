import {expect} from 'chai';
import * as utilities from 'holdfast/utilities';
import {onEachServer, type ServerUnderTest} from './servers.js';

const notWhole = [
  ...' |1.5|007|+5|-0|--5| 12|12 |12\n|1e3|0x10|nan|inf|٣|ten|1\0'.split('|'),
  '',
  '9007199254740992',
  '-9007199254740992',
  '9'.repeat(400),
];
const whole = ['0', '5', '-5', '9007199254740991', '-9007199254740990'];

const notDecimal = [
  ...' |abc|nan|NaN|inf|-inf|infinity|0x10|1e400|-1e400| 5|5 |5\n|1\0'.split('|'),
  ...'1,5|1e|e|.|+|1e5e|1.2.3|1_000|٣'.split('|'),
  '',
];
const decimal = ['5', '5.0', '+5', '-5', '1e3', '1E-3', '.5', '5.', '007', '-0', '1e-400'];

/** The functions that read a whole number, and where it is stored. */
const counters: Record<string, (server: ServerUnderTest) => Promise<unknown>> = {
  incrementWithLimit: ({redis}) => utilities.incrementWithLimit(redis, 'k', 0, 5),
  counterWithReset: ({redis}) => utilities.counterWithReset(redis, 'k', 5),
  hashIncrWithBounds: ({redis}) =>
    utilities.hashIncrWithBounds(redis, 'h', 'f', 0, {min: 0, max: 5}),
};

async function store({redis}: ServerUnderTest, text: string): Promise<void> {
  await redis.set('k', text);
  await redis.hset('h', 'f', text, 'tokens', '1', 'last_refill', '1');
}

async function dump({redis}: ServerUnderTest): Promise<unknown[]> {
  return [await redis.get('k'), await redis.hgetall('h')];
}

async function codeOf(outcome: Promise<unknown>): Promise<unknown> {
  return outcome.then(
    (value) => expect.fail(`it was resolved to ${String(value)}`),
    (error: unknown) => (error instanceof utilities.ScriptError ? error.code : error),
  );
}

describe('text that is stored', () => {
  onEachServer((server) => {
    for (const [name, call] of Object.entries(counters)) {
      it(`is NOTINTEGER to ${name} unless it is a safe integer in plain digits`, async () => {
        for (const text of notWhole) {
          await store(server, text);
          const before = await dump(server);
          expect(await codeOf(call(server)), JSON.stringify(text)).to.equal('NOTINTEGER');
          expect(await dump(server)).to.deep.equal(before);
        }
        for (const text of whole) {
          await store(server, text);
          await call(server);
        }
      });
    }

    it('is NOTNUMBER to hashSetIfGreater unless it is a finite decimal number', async () => {
      for (const text of notDecimal) {
        await store(server, text);
        const before = await dump(server);
        const call = utilities.hashSetIfGreater(server.redis, 'h', 'f', 1);
        expect(await codeOf(call), JSON.stringify(text)).to.equal('NOTNUMBER');
        expect(await dump(server)).to.deep.equal(before);
      }
      for (const text of decimal) {
        await store(server, text);
        const isGreater = Number(text) < 4.9;
        expect(await utilities.hashSetIfGreater(server.redis, 'h', 'f', 4.9), text).to.equal(
          isGreater,
        );
      }
    });

    it('is NOTNUMBER to tokenBucketRateLimit unless both fields are finite decimal numbers', async () => {
      const options = {capacity: 6, refillPerSecond: 2};
      for (const field of ['tokens', 'last_refill']) {
        for (const text of notDecimal) {
          server.freshKeys();
          const state = {tokens: '1', last_refill: '1', [field]: text};
          await server.redis.hset('tokenbucket:a', state);
          const call = utilities.tokenBucketRateLimit(server.redis, 'a', options);
          expect(await codeOf(call), JSON.stringify(text)).to.equal('NOTNUMBER');
          expect(await server.redis.hgetall('tokenbucket:a')).to.deep.equal(state);
        }
      }
    });

    it('never goes into an error', async () => {
      await server.redis.set('k', 'NOSCRIPT secret');

      const error: unknown = await utilities
        .incrementWithLimit(server.redis, 'k', 1, 2)
        .catch((reason: unknown) => reason);

      expect(error).to.be.an.instanceOf(utilities.ScriptError);
      expect(String(error) + String((error as Error).cause)).not.to.include('secret');
    });
  });
});
