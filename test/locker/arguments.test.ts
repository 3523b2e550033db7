import {expect} from 'chai';
import {Locker, type AcquireOptions, type LockerOptions, type RedisClient} from 'holdfast';

import {rejectionOf} from '../rejection.js';

/** A client that notes down what is sent to it. */
class Client implements RedisClient {
  readonly sent: string[] = [];

  send(command: string): Promise<unknown> {
    this.sent.push(command);
    return Promise.reject(new Error('Expected nothing to be sent'));
  }
}

const secret = 'a-secret-value';

/** Values that no option takes, as what the message says of each. */
const oddities: readonly (readonly [unknown, string])[] = [
  [null, 'null'],
  ['10', 'a string'],
  [secret, 'a string'],
  ['', 'an empty string'],
  [{}, 'an object'],
  [[], 'an empty array'],
  [[1], 'an array'],
  [() => 1, 'a function'],
  [Symbol('x'), 'a symbol'],
  [10n, 'a bigint'],
];

const badNumbers: readonly (readonly [number, string])[] = [
  [0, '0'],
  [-1, '-1'],
  [1.5, '1.5'],
  [Number.NaN, 'NaN'],
  [-Infinity, '-Infinity'],
  [2 ** 53, '9007199254740992'],
];

interface BadOption {
  readonly name: string;
  readonly value: unknown;
  readonly type: typeof TypeError | typeof RangeError;
  readonly kind: string;
}

function badNumberOption(name: string, more: readonly (readonly [number, string])[]): BadOption[] {
  return [
    ...oddities.map(([value, kind]) => ({name, value, type: TypeError, kind})),
    {name, value: true, type: TypeError, kind: 'true'},
    ...[...badNumbers, ...more].map(([value, kind]) => ({name, value, type: RangeError, kind})),
  ];
}

const badHoldOptions: readonly BadOption[] = [
  ...badNumberOption('ttlMs', [
    [Infinity, 'Infinity'],
    [1, '1'],
    [100, '100'],
    // What no timer can hold.
    [2 ** 31, '2147483648'],
  ]),
  ...badNumberOption('maxHoldMs', []),
  // None at all is the default.
  ...badNumberOption('lockDelayMs', [
    [Infinity, 'Infinity'],
    [2 ** 31, '2147483648'],
  ]).filter(({value}) => value !== 0),
  ...oddities.map(([value, kind]) => ({name: 'keepAlive', value, type: TypeError, kind})),
  {name: 'keepAlive', value: 1, type: TypeError, kind: '1'},
  ...oddities
    .filter(([value]) => typeof value !== 'string')
    .map(([value, kind]) => ({name: 'label', value, type: TypeError, kind})),
  {name: 'label', value: '', type: RangeError, kind: 'an empty string'},
  {name: 'label', value: 'a'.repeat(129), type: RangeError, kind: 'a string'},
];

const badSignals: readonly BadOption[] = [
  ...oddities.map(([value, kind]) => ({name: 'signal', value, type: TypeError, kind})),
  {name: 'signal', value: new AbortController(), type: TypeError, kind: 'an object'},
  {name: 'signal', value: false, type: TypeError, kind: 'false'},
];

const badTimeouts = badNumberOption('timeoutMs', []);

const badLockerOptions: readonly BadOption[] = [
  ...badHoldOptions,
  ...badTimeouts,
  ...badNumberOption('nodeTimeoutMs', [
    [Infinity, 'Infinity'],
    [60_001, '60001'],
    // The least `ttlMs` for it was once counted up to, one by one.
    [1e9, '1000000000'],
  ]),
  ...badNumberOption('stallMs', [
    [99, '99'],
    [Infinity, 'Infinity'],
    [2 ** 31, '2147483648'],
  ]),
  ...badNumberOption('quorum', [
    [1, '1'],
    [4, '4'],
    [2.5, '2.5'],
    [Infinity, 'Infinity'],
  ]),
  ...[
    ...oddities.filter(([value]) => typeof value !== 'string'),
    [3, '3'] as const,
    [true, 'true'] as const,
  ].map(([value, kind]) => ({name: 'keyPrefix', value, type: TypeError, kind})),
  ...oddities
    .filter(([value]) => typeof value !== 'function')
    .map(([value, kind]) => ({name: 'random', value, type: TypeError, kind})),
  ...oddities.map(([value, kind]) => ({name: 'metadata', value, type: TypeError, kind})),
];

const oddResources: readonly (readonly [unknown, typeof TypeError | typeof RangeError, string])[] =
  [
    ['', RangeError, 'an empty string'],
    [[], RangeError, 'an empty array'],
    [['a', ''], RangeError, 'an empty string'],
    [['a', 'b', 'a'], RangeError, 'twice'],
    [undefined, TypeError, 'undefined'],
    [null, TypeError, 'null'],
    [42, TypeError, '42'],
    [true, TypeError, 'true'],
    [{}, TypeError, 'an object'],
    [() => 'a', TypeError, 'a function'],
    [new Set(['a']), TypeError, 'an object'],
    [['a', 1], TypeError, '1'],
    [['a', null], TypeError, 'null'],
    [[['a']], TypeError, 'an array'],
    ['a}b', RangeError, '}'],
    ['}', RangeError, '}'],
    ['{}', RangeError, '}'],
    ['{}{a}', RangeError, '}'],
    [['a', 'b}'], RangeError, '}'],
    // The fence counter of `{a}`.
    ['{a}:fence', RangeError, ':fence'],
    [['b', 'x{a}:fence'], RangeError, ':fence'],
  ];

function check(error: unknown, {name, type, kind}: BadOption): void {
  expect(error).to.be.an.instanceOf(type);
  expect(error).to.have.property('message').that.includes(`\`${name}\``);
  expect(error).to.have.property('message').that.includes(`got ${kind}`);
  expect(String(error)).to.not.include(secret);
}

function thrownBy(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
}

const describeOption = ({name, value, kind}: BadOption): string =>
  typeof value === 'string' ? `${name}: ${JSON.stringify(value)}` : `${name}: ${kind}`;

describe('a locker refuses, before anything is sent,', () => {
  let clients: Client[];
  let locker: Locker;

  beforeEach(() => {
    clients = [new Client(), new Client(), new Client()];
    locker = new Locker(clients);
  });

  afterEach(() => {
    expect(clients.flatMap(({sent}) => sent)).to.deep.equal([]);
  });

  it('no nodes', () => {
    check(
      thrownBy(() => new Locker([])),
      {name: 'nodes', value: [], type: RangeError, kind: 'an empty array'},
    );
  });

  it('what is no client', () => {
    for (const [value] of [...oddities, [undefined], [42], [{send: 1}]] as [unknown][]) {
      if (Array.isArray(value) && value.length === 0) continue;
      const error = thrownBy(() => new Locker(value as RedisClient));

      expect(error).to.be.an.instanceOf(TypeError);
      expect(error)
        .to.have.property('message')
        .that.matches(/client.*got /);
      expect(String(error)).to.not.include(secret);
    }
  });

  it('one client twice', () => {
    const [client = new Client()] = clients;

    const error = thrownBy(() => new Locker([client, new Client(), client]));

    expect(error).to.be.an.instanceOf(RangeError);
    expect(error)
      .to.have.property('message')
      .that.matches(/`nodes`.*twice/);
  });

  it('a quorum that is no majority of its nodes, whatever their number', () => {
    const wrong = [
      [1, 0],
      [1, 2],
      [2, 1],
      [3, 1],
      [4, 2],
      [5, 2],
      [5, 6],
    ] as const;
    for (const [nodes, quorum] of wrong) {
      const some = Array.from({length: nodes}, () => new Client());
      const error = thrownBy(() => new Locker(some, {quorum}));

      check(error, {name: 'quorum', value: quorum, type: RangeError, kind: String(quorum)});
    }
    for (const quorum of [2, 3]) {
      expect(thrownBy(() => new Locker(clients, {quorum}))).to.equal(undefined);
    }
  });

  it('options of its own that are not what they should be', () => {
    for (const bad of badLockerOptions) {
      const options = {[bad.name]: bad.value} as LockerOptions;
      const error = thrownBy(() => new Locker(clients, options));

      expect(error, describeOption(bad)).to.not.equal(undefined);
      check(error, bad);
    }
  });

  it('clocks that are none', () => {
    for (const clocks of [null, 5, 'clocks', {}, {monotonic: () => 1}]) {
      const options = {clocks} as unknown as LockerOptions;
      const error = thrownBy(() => new Locker(clients, options));

      expect(error, JSON.stringify(clocks)).to.be.an.instanceOf(TypeError);
      expect(error).to.have.property('message').that.includes('`clocks`');
    }
  });

  it('options that are no object, and names that no option has', () => {
    for (const options of [null, 'ttlMs', 5, [], true]) {
      const error = thrownBy(() => new Locker(clients, options as LockerOptions));
      expect(error, String(options)).to.be.an.instanceOf(TypeError);
    }
    for (const name of ['ttl', 'TtlMs', 'timeout', 'signal', 'retries', 'constructor']) {
      const error = thrownBy(() => new Locker(clients, {[name]: 1000}));

      expect(error, name).to.be.an.instanceOf(TypeError);
      expect(error).to.have.property('message').that.includes(`got \`${name}\``);
    }
  });

  const calls = {
    acquire: (resource: unknown, options?: unknown) =>
      locker.acquire(resource as string, options as AcquireOptions),
    tryAcquire: (resource: unknown, options?: unknown) =>
      locker.tryAcquire(resource as string, options as AcquireOptions),
    using: (resource: unknown, options?: unknown) =>
      options === undefined
        ? locker.using(resource as string, () => 'worked')
        : locker.using(resource as string, options as AcquireOptions, () => 'worked'),
  };

  for (const [name, call] of Object.entries(calls)) {
    it(`resources that are none, in ${name}`, async () => {
      for (const [resource, type, kind] of oddResources) {
        const error = await rejectionOf(call(resource));

        const title = JSON.stringify(resource) ?? String(resource);
        expect(error, title).to.be.an.instanceOf(type);
        expect(error, title).to.have.property('message').that.includes('`resource`');
        expect(error, title).to.have.property('message').that.includes(kind);
      }
    });

    it(`options that are not what they should be, in ${name}`, async () => {
      const bad = [...badHoldOptions, ...badSignals, ...(name === 'tryAcquire' ? [] : badTimeouts)];
      for (const each of bad) {
        const error = await rejectionOf(call('x', {[each.name]: each.value}));

        expect(error, describeOption(each)).to.not.equal(undefined);
        check(error, each);
      }
    });

    it(`options that are no object, and names that no option has, in ${name}`, async () => {
      for (const options of [null, 'ttlMs', 5, [], true]) {
        const error = await rejectionOf(call('x', options));
        expect(error, String(options)).to.be.an.instanceOf(TypeError);
      }
      const names = ['ttl', 'quorum', 'keyPrefix', 'nodeTimeoutMs', 'toString'];
      for (const wrong of name === 'tryAcquire' ? [...names, 'timeoutMs'] : names) {
        const error = await rejectionOf(call('x', {[wrong]: 1000}));

        expect(error, wrong).to.be.an.instanceOf(TypeError);
        expect(error).to.have.property('message').that.includes(`got \`${wrong}\``);
      }
    });
  }

  it('a section without work', async () => {
    const using = locker.using.bind(locker) as (...args: unknown[]) => Promise<unknown>;
    for (const rest of [[], [{}], [{}, 'work'], ['work']]) {
      const error = await rejectionOf(using('x', ...rest));

      expect(error).to.be.an.instanceOf(TypeError);
      expect(error).to.have.property('message').that.includes('`work`');
    }
  });

  it('a signal that has aborted, with its reason', async () => {
    const signal = AbortSignal.abort('gone');

    const reasons = await Promise.all([
      rejectionOf(locker.acquire('x', {signal})),
      rejectionOf(locker.tryAcquire('x', {signal})),
      rejectionOf(locker.using('x', {signal}, () => 'worked')),
    ]);

    expect(reasons).to.deep.equal(['gone', 'gone', 'gone']);
  });

  it('every call after it was closed', async () => {
    await locker.close();

    const errors = await Promise.all([
      rejectionOf(locker.acquire('x')),
      rejectionOf(locker.tryAcquire('x')),
      rejectionOf(locker.using('x', () => 'worked')),
    ]);

    for (const error of errors) expect(error).to.have.property('code', 'ERR_LOCKER_CLOSED');
  });
});
