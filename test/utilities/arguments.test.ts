import {expect} from 'chai';
import * as utilities from 'holdfast/utilities';

const fails = {
  send: (command: string): Promise<never> => {
    throw new Error(`${command} was sent`);
  },
};

/** Values of a wrong type, by what a message calls them. */
const kinds: Record<string, unknown> = {
  undefined,
  null: null,
  'a boolean': true,
  'a bigint': 1n,
  'a symbol': Symbol('s'),
  'a function': () => 'x',
  'an object': {},
  'an array': ['x'],
  'a string': 'secret',
  '5': 5,
};
const kindsBut = (...names: string[]): [string, unknown][] =>
  Object.entries(kinds).filter(([name]) => !names.includes(name));

const notText = kindsBut('a string');
const notTextNorNull = kindsBut('a string', 'null');
const notNumber = kindsBut('5');
const notNumberNorLeftOut = kindsBut('5', 'undefined');
const notObject = kindsBut('an object');

const whole = (from: number, to: number): number[] => [
  Number.NaN,
  Infinity,
  -Infinity,
  1.5,
  2 ** 53,
  -(2 ** 53),
  ...(from > Number.MIN_SAFE_INTEGER ? [from - 1] : []),
  ...(to < Number.MAX_SAFE_INTEGER ? [to + 1] : []),
];
const safe = whole(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
const fromOne = whole(1, Number.MAX_SAFE_INTEGER);

interface Argument {
  readonly name: string;
  /** Puts a value in the place of this argument; the others are good. */
  readonly call: (value: never) => Promise<unknown>;
  readonly wrongTypes?: readonly [string, unknown][];
  readonly outOfRange?: readonly unknown[];
}

const text = (name: string, call: Argument['call']): Argument => ({
  name,
  call,
  wrongTypes: notText,
});
const filled = (name: string, call: Argument['call']): Argument => ({
  ...text(name, call),
  outOfRange: [''],
});
const number = (name: string, outOfRange: number[], call: Argument['call']): Argument => ({
  name,
  call,
  wrongTypes: notNumber,
  outOfRange,
});
const optional = (name: string, outOfRange: number[], call: Argument['call']): Argument => ({
  ...number(name, outOfRange, call),
  wrongTypes: notNumberNorLeftOut,
});
const object = (name: string, call: Argument['call']): Argument => ({
  name,
  call,
  wrongTypes: notObject,
});

const u = utilities;
const cases: Record<string, Argument[]> = {
  acquireLockWithInfo: [
    filled('resource', (v) => u.acquireLockWithInfo(fails, v, 't', 1)),
    filled('token', (v) => u.acquireLockWithInfo(fails, 'r', v, 1)),
    number('ttlMs', fromOne, (v) => u.acquireLockWithInfo(fails, 'r', 't', v)),
  ],
  extendLock: [
    filled('resource', (v) => u.extendLock(fails, v, 't', 1)),
    filled('token', (v) => u.extendLock(fails, 'r', v, 1)),
    number('ttlMs', fromOne, (v) => u.extendLock(fails, 'r', 't', v)),
  ],
  releaseLock: [
    filled('resource', (v) => u.releaseLock(fails, v, 't')),
    filled('token', (v) => u.releaseLock(fails, 'r', v)),
  ],
  compareAndSwap: [
    filled('key', (v) => u.compareAndSwap(fails, v, 'a', 'b')),
    {
      name: 'expected',
      call: (v) => u.compareAndSwap(fails, 'k', v, 'b'),
      wrongTypes: notTextNorNull,
    },
    text('next', (v) => u.compareAndSwap(fails, 'k', 'a', v)),
    {
      name: 'options',
      call: (v) => u.compareAndSwap(fails, 'k', 'a', 'b', v),
      wrongTypes: kindsBut('an object', 'undefined'),
    },
    {
      name: 'ttlMs',
      call: (v) => u.compareAndSwap(fails, 'k', 'a', 'b', {ttlMs: v}),
      wrongTypes: kindsBut('5', 'undefined', 'null'),
      outOfRange: fromOne,
    },
  ],
  setIfNotExistsWithTTL: [
    filled('key', (v) => u.setIfNotExistsWithTTL(fails, v, 'a', 1)),
    text('value', (v) => u.setIfNotExistsWithTTL(fails, 'k', v, 1)),
    number('ttlMs', fromOne, (v) => u.setIfNotExistsWithTTL(fails, 'k', 'a', v)),
  ],
  getOrSet: [
    filled('key', (v) => u.getOrSet(fails, v, 'a')),
    text('defaultValue', (v) => u.getOrSet(fails, 'k', v)),
    optional('ttlMs', fromOne, (v) => u.getOrSet(fails, 'k', 'a', v)),
  ],
  incrementWithLimit: [
    filled('key', (v) => u.incrementWithLimit(fails, v, 1, 2)),
    number('by', safe, (v) => u.incrementWithLimit(fails, 'k', v, 2)),
    number('max', safe, (v) => u.incrementWithLimit(fails, 'k', 1, v)),
  ],
  counterWithReset: [
    filled('key', (v) => u.counterWithReset(fails, v, 2)),
    number('threshold', safe, (v) => u.counterWithReset(fails, 'k', v)),
    optional('resetTo', [...safe, 4, 5], (v) => u.counterWithReset(fails, 'k', 4, v)),
  ],
  slidingWindowRateLimit: [
    filled('identifier', (v) => u.slidingWindowRateLimit(fails, v, {windowMs: 1, limit: 1})),
    object('options', (v) => u.slidingWindowRateLimit(fails, 'i', v)),
    number('windowMs', fromOne, (v) =>
      u.slidingWindowRateLimit(fails, 'i', {windowMs: v, limit: 1}),
    ),
    number('limit', fromOne, (v) => u.slidingWindowRateLimit(fails, 'i', {windowMs: 1, limit: v})),
    optional('cost', whole(0, 7), (v) =>
      u.slidingWindowRateLimit(fails, 'i', {windowMs: 1, limit: 7, cost: v}),
    ),
    optional('cost', whole(0, 1000), (v) =>
      u.slidingWindowRateLimit(fails, 'i', {windowMs: 1, limit: 5000, cost: v}),
    ),
  ],
  tokenBucketRateLimit: [
    filled('identifier', (v) =>
      u.tokenBucketRateLimit(fails, v, {capacity: 1, refillPerSecond: 1}),
    ),
    object('options', (v) => u.tokenBucketRateLimit(fails, 'i', v)),
    number('capacity', fromOne, (v) =>
      u.tokenBucketRateLimit(fails, 'i', {capacity: v, refillPerSecond: 1e300}),
    ),
    number('refillPerSecond', [Number.NaN, Infinity, 0, -1, 5e-324, 1e-13], (v) =>
      u.tokenBucketRateLimit(fails, 'i', {capacity: 1, refillPerSecond: v}),
    ),
    optional('cost', whole(0, 7), (v) =>
      u.tokenBucketRateLimit(fails, 'i', {capacity: 7, refillPerSecond: 1, cost: v}),
    ),
  ],
  hashIncrWithBounds: [
    filled('key', (v) => u.hashIncrWithBounds(fails, v, 'f', 1, {min: 0, max: 1})),
    text('field', (v) => u.hashIncrWithBounds(fails, 'k', v, 1, {min: 0, max: 1})),
    number('delta', safe, (v) => u.hashIncrWithBounds(fails, 'k', 'f', v, {min: 0, max: 1})),
    object('bounds', (v) => u.hashIncrWithBounds(fails, 'k', 'f', 1, v)),
    number('min', [...safe, 2], (v) => u.hashIncrWithBounds(fails, 'k', 'f', 1, {min: v, max: 1})),
    number('max', safe, (v) => u.hashIncrWithBounds(fails, 'k', 'f', 1, {min: 0, max: v})),
  ],
  hashSetIfGreater: [
    filled('key', (v) => u.hashSetIfGreater(fails, v, 'f', 1)),
    text('field', (v) => u.hashSetIfGreater(fails, 'k', v, 1)),
    number('value', [Number.NaN, Infinity, -Infinity], (v) =>
      u.hashSetIfGreater(fails, 'k', 'f', v),
    ),
  ],
  hashGetWithDefaults: [
    filled('key', (v) => u.hashGetWithDefaults(fails, v, {f: 'x'})),
    {
      name: 'defaults',
      call: (v) => u.hashGetWithDefaults(fails, 'k', v),
      wrongTypes: [...notObject, ['an object', new Map()]],
    },
    text('defaults["f"]', (v) => u.hashGetWithDefaults(fails, 'k', {e: 'x', f: v})),
  ],
  listPopWithMinSize: [
    filled('key', (v) => u.listPopWithMinSize(fails, v, 1)),
    number('minSize', whole(0, Number.MAX_SAFE_INTEGER), (v) =>
      u.listPopWithMinSize(fails, 'k', v),
    ),
  ],
  circularBufferAdd: [
    filled('key', (v) => u.circularBufferAdd(fails, v, 'a', 1)),
    text('value', (v) => u.circularBufferAdd(fails, 'k', v, 1)),
    number('maxSize', fromOne, (v) => u.circularBufferAdd(fails, 'k', 'a', v)),
  ],
};

const reasonOf = (outcome: Promise<unknown>): Promise<Error> =>
  outcome.then(
    () => expect.fail('it was resolved'),
    (error: Error) => error,
  );

describe('the arguments of the utilities', () => {
  for (const [utility, argumentsOf] of Object.entries(cases)) {
    for (const {name: argument, call, wrongTypes = [], outOfRange = []} of argumentsOf) {
      it(`${utility} refuses a bad ${argument}, and sends nothing`, async () => {
        for (const [kind, value] of wrongTypes) {
          const error = await reasonOf(call(value as never));
          expect(error, kind).to.be.an.instanceOf(TypeError);
          expect(error.message).to.match(/^\w+: \S+ must be an? .+; got .+$/);
          expect(error.message).to.include(`${utility}: ${argument} must be `);
          expect(error.message).to.include(`; got ${kind}`).and.not.to.include('secret');
        }
        for (const value of outOfRange) {
          const error = await reasonOf(call(value as never));
          expect(error, String(value)).to.be.an.instanceOf(RangeError);
          expect(error.message).to.include(`${utility}: ${argument} must be `);
          expect(error.message).to.match(value === '' ? /; got an empty string$/ : /; got \S+$/);
        }
      });
    }
  }

  it('are named with their range', async () => {
    const error = await reasonOf(u.extendLock(fails, 'r', 't', 0));

    expect(error.message).to.equal(
      'extendLock: ttlMs must be an integer from 1 to 9007199254740991; got 0',
    );
  });

  it('are all tried here', () => {
    const functions = Object.entries(utilities)
      .filter(([key, value]) => typeof value === 'function' && !/^[A-Z]|^parse/.test(key))
      .map(([key]) => key);

    expect(Object.keys(cases)).to.have.members(functions);
  });

  it('include the client', async () => {
    for (const client of [undefined, null, 'redis://x', 5, {}, {send: 'x'}]) {
      const error = await reasonOf(u.releaseLock(client as never, 'r', 't'));
      expect(error).to.be.an.instanceOf(TypeError);
      expect(error.message).to.match(/Expected a Redis client/);
    }
  });
});
