import * as utilities from 'holdfast/utilities';
import {Redis} from 'ioredis';
import {createHash} from 'node:crypto';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';

import {startRedis} from '../test/redis/start-redis.js';
import {median, spreadOf, type Spread} from './measuring/spread.js';
import {peer} from './peers.js';
import {spreadText} from './reporting/cells.js';
import {keep} from './reporting/keep.js';
import {machineLine, machineOf} from './reporting/machine.js';
import {table} from './reporting/text-table.js';

const {values} = parseArgs({
  options: {rounds: {type: 'string', default: '9'}, quick: {type: 'boolean', default: false}},
});
const RESULT = fileURLToPath(new URL('results/utilities.json', import.meta.url));
const rounds = values.quick ? 2 : Number(values.rounds);
const warmUps = values.quick ? 1 : 2;
const turns = values.quick ? 2 : 20;

interface Load {
  readonly inFlight: number;
  readonly calls: number;
}

const loads: readonly Load[] = [
  {inFlight: 1, calls: values.quick ? 100 : 2000},
  {inFlight: 64, calls: values.quick ? 640 : 6400},
];

type Work = (index: number) => Promise<unknown>;

/** A utility, and the same command sent by the client itself. */
interface Pair {
  readonly name: string;
  readonly ours: Work;
  readonly native: Work;
}

const lua = utilities.scripts;
const keyOf = (index: number): string => `k${index % 100}`;

function pairsOf(redis: Redis): readonly Pair[] {
  const pair = (
    name: keyof typeof lua,
    prefix: string,
    args: string[],
    ours: (key: string) => Promise<unknown>,
  ): Pair => {
    const sha1 = createHash('sha1').update(lua[name].lua).digest('hex');
    return {
      name,
      ours: (index) => ours(`${name}:${keyOf(index)}`),
      native: (index) => redis.evalsha(sha1, 1, `${prefix}${name}:${keyOf(index)}`, ...args),
    };
  };
  const window = {windowMs: 60_000, limit: 100};
  const bucket = {capacity: 100, refillPerSecond: 100};
  const bounds = {min: 0, max: 1000};
  return [
    pair('acquireLockWithInfo', 'lock:', ['t', '60000'], (key) =>
      utilities.acquireLockWithInfo(redis, key, 't', 60_000),
    ),
    pair('extendLock', 'lock:', ['t', '60000'], (key) =>
      utilities.extendLock(redis, key, 't', 60_000),
    ),
    pair('releaseLock', 'lock:', ['t'], (key) => utilities.releaseLock(redis, key, 't')),
    pair('cas', '', ['1', 'a', 'b', 'keep'], (key) =>
      utilities.compareAndSwap(redis, key, 'a', 'b'),
    ),
    pair('setIfNotExistsWithTTL', '', ['a', '60000'], (key) =>
      utilities.setIfNotExistsWithTTL(redis, key, 'a', 60_000),
    ),
    pair('getOrSet', '', ['a', 'none'], (key) => utilities.getOrSet(redis, key, 'a')),
    pair('incrementWithLimit', '', ['1', '1000'], (key) =>
      utilities.incrementWithLimit(redis, key, 1, 1000),
    ),
    pair('counterWithReset', '', ['10', '0'], (key) => utilities.counterWithReset(redis, key, 10)),
    pair('slidingWindowRateLimit', 'ratelimit:', ['60000', '100', '1'], (key) =>
      utilities.slidingWindowRateLimit(redis, key, window),
    ),
    pair('tokenBucketRateLimit', 'tokenbucket:', ['100', '100', '1'], (key) =>
      utilities.tokenBucketRateLimit(redis, key, bucket),
    ),
    pair('hashIncrWithBounds', '', ['f', '1', '0', '1000'], (key) =>
      utilities.hashIncrWithBounds(redis, key, 'f', 1, bounds),
    ),
    pair('hashSetIfGreater', '', ['f', '1'], (key) =>
      utilities.hashSetIfGreater(redis, key, 'f', 1),
    ),
    {
      name: 'hashGetWithDefaults',
      ours: (index) =>
        utilities.hashGetWithDefaults(redis, `h:${keyOf(index)}`, {a: '1', b: '2', c: '3'}),
      native: (index) => redis.hmget(`h:${keyOf(index)}`, 'a', 'b', 'c'),
    },
    pair('listPopWithMinSize', '', ['0'], (key) => utilities.listPopWithMinSize(redis, key, 0)),
    pair('circularBufferAdd', '', ['a', '10'], (key) =>
      utilities.circularBufferAdd(redis, key, 'a', 10),
    ),
  ];
}

/** What a call took: of the clock, and of the CPU by this process. */
interface Sample {
  readonly wallUs: number;
  readonly cpuUs: number;
}

/** So many calls, with so many of them in flight. */
async function take(work: Work, inFlight: number, calls: number): Promise<Sample> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < calls) {
      next += 1;
      await work(next);
    }
  };
  const cpu = process.cpuUsage();
  const start = performance.now();
  await Promise.all(Array.from({length: inFlight}, lane));
  const wallUs = (performance.now() - start) * 1000;
  const {user, system} = process.cpuUsage(cpu);
  return {wallUs: wallUs / calls, cpuUs: (user + system) / calls};
}

/** Lets several take turns, many times in a round, so that whatever else the machine does meets all of them. */
async function takeTurns(works: readonly Work[], load: Load): Promise<Sample[]> {
  globalThis.gc?.();
  const samples = works.map((): Sample[] => []);
  for (let turn = 0; turn < turns; turn += 1) {
    for (let place = 0; place < works.length; place += 1) {
      const index = (place + turn) % works.length;
      const work = present(works[index]);
      samples[index]?.push(await take(work, load.inFlight, Math.ceil(load.calls / turns)));
    }
  }
  return samples.map((all) => ({
    wallUs: median(all.map(({wallUs}) => wallUs)),
    cpuUs: median(all.map(({cpuUs}) => cpuUs)),
  }));
}

interface Cost {
  readonly name: string;
  readonly inFlight: number;
  readonly ours: Spread;
  readonly native: Spread;
  readonly wallRatio: Spread;
  readonly cpuRatio: Spread;
}

async function costOf({name, ours, native}: Pair, load: Load): Promise<Cost> {
  const taken: [ours: Sample, native: Sample][] = [];
  for (let round = -warmUps; round < rounds; round += 1) {
    const [first, second] = await takeTurns([ours, native], load);
    if (round >= 0) taken.push([present(first), present(second)]);
  }
  return {
    name,
    inFlight: load.inFlight,
    ours: spreadOf(taken.map(([one]) => one.wallUs)),
    native: spreadOf(taken.map(([, other]) => other.wallUs)),
    wallRatio: spreadOf(taken.map(([one, other]) => one.wallUs / other.wallUs)),
    cpuRatio: spreadOf(taken.map(([one, other]) => one.cpuUs / other.cpuUs)),
  };
}

/** A limiter of so many in a minute; the key is new in every round. */
interface Limiter {
  readonly name: string;
  readonly decide: (redis: Redis, limit: number) => (key: string) => Promise<unknown>;
}

/** All that is used of rate-limiter-flexible. */
interface Flexible {
  readonly RateLimiterRedis: new (options: {
    storeClient: Redis;
    points: number;
    duration: number;
  }) => {consume(key: string): Promise<unknown>};
}

const limiters: readonly Limiter[] = [
  {
    name: 'slidingWindowRateLimit',
    decide: (redis, limit) => (key) =>
      utilities.slidingWindowRateLimit(redis, key, {windowMs: 60_000, limit}),
  },
  {
    name: 'tokenBucketRateLimit',
    decide: (redis, limit) => (key) =>
      utilities.tokenBucketRateLimit(redis, key, {capacity: limit, refillPerSecond: limit / 60}),
  },
  {
    name: 'rate-limiter-flexible, fixed window',
    decide: (redis, limit) => {
      const {RateLimiterRedis} = peer('rate-limiter-flexible') as Flexible;
      const limiter = new RateLimiterRedis({storeClient: redis, points: limit, duration: 60});
      // A denial is a rejection there.
      return (key) => limiter.consume(key).catch(() => undefined);
    },
  },
];

interface Decisions {
  readonly name: string;
  readonly inFlight: number;
  readonly outcome: string;
  readonly perSecond: Spread;
  readonly commands: number;
  readonly bytes: number;
}

/** The limiters take turns; at most 64 calls for a key, of which it allows so many. */
async function decisionsOf(url: string, limit: number, inFlight: number): Promise<Decisions[]> {
  const load = {inFlight, calls: values.quick ? 640 : 6400};
  const clients = limiters.map(() => new Redis(url));
  const taken = limiters.map((): number[] => []);
  const wire: {commands: number; bytes: number}[] = [];
  try {
    const works = limiters.map(({decide}, index) => decide(present(clients[index]), limit));
    for (let round = -warmUps; round < rounds; round += 1) {
      let calls = 0;
      // A key for every so many calls of a limiter, and all limiters in turn.
      const keyed = works.map((decide): Work => () => {
        calls += 1;
        return decide(`${limit}:${inFlight}:${round}:${calls % (100 * works.length)}`);
      });
      for (const [index, {wallUs}] of (await takeTurns(keyed, load)).entries()) {
        if (round >= 0) taken[index]?.push(1e6 / wallUs);
      }
    }
    for (const [index, decide] of works.entries()) {
      wire.push(await wireOf(present(clients[index]), (call) => decide(`wire:${call % 10}`)));
    }
  } finally {
    for (const client of clients) client.disconnect();
  }
  return limiters.map(({name}, index) => ({
    name,
    inFlight,
    outcome: limit >= 100 ? 'all allowed' : 'most denied',
    perSecond: spreadOf(taken[index] ?? []),
    commands: wire[index]?.commands ?? Number.NaN,
    bytes: wire[index]?.bytes ?? Number.NaN,
  }));
}

/** Commands and bytes, both ways, for one decision. */
async function wireOf(redis: Redis, work: Work): Promise<{commands: number; bytes: number}> {
  const calls = 1000;
  const send = redis.sendCommand.bind(redis);
  let commands = 0;
  redis.sendCommand = (...args) => {
    commands += 1;
    return send(...args);
  };
  const before = await bytesOf(redis);
  const empty = (await bytesOf(redis)) - before;
  const start = await bytesOf(redis);
  commands = 0;
  for (let call = 0; call < calls; call += 1) await work(call);
  const sent = commands;
  const bytes = (await bytesOf(redis)) - start - empty;
  return {commands: sent / calls, bytes: bytes / calls};
}

async function bytesOf(redis: Redis): Promise<number> {
  const info = await redis.info('stats');
  const [input, output] = ['input', 'output'].map((way) =>
    Number(new RegExp(`total_net_${way}_bytes:(\\d+)`).exec(info)?.[1]),
  );
  return (input ?? Number.NaN) + (output ?? Number.NaN);
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('It is not there');
  return value;
}

function costTable(costs: readonly Cost[]): string {
  const heads = ['utility', 'in flight', 'ours, µs', 'native, µs', 'time', 'CPU'];
  const lines = costs.map(({name, inFlight, ours, native, wallRatio, cpuRatio}) => [
    name,
    String(inFlight),
    spreadText(ours, 1),
    spreadText(native, 1),
    spreadText(wallRatio, 2),
    spreadText(cpuRatio, 2),
  ]);
  return table(heads, lines);
}

function decisionTable(decisions: readonly Decisions[]): string {
  const heads = ['limiter', 'outcome', 'in flight', 'decisions/s', 'cmds', 'bytes'];
  const lines = decisions.map(({name, outcome, inFlight, perSecond, commands, bytes}) => [
    name,
    outcome,
    String(inFlight),
    spreadText(perSecond, 0),
    commands.toFixed(2),
    bytes.toFixed(0),
  ]);
  return table(heads, lines);
}

async function main(): Promise<void> {
  const server = await startRedis();
  const redis = new Redis(server.url);
  try {
    const machine = await machineOf(redis);
    const costs: Cost[] = [];
    for (const {lua: text} of Object.values(lua)) await redis.script('LOAD', text);
    for (const load of loads) {
      for (const pair of pairsOf(redis)) costs.push(await costOf(pair, load));
    }
    const decisions: Decisions[] = [];
    for (const limit of [100, 10]) {
      for (const {inFlight} of loads) {
        decisions.push(...(await decisionsOf(server.url, limit, inFlight)));
      }
    }
    const text = [
      'Utilities: microseconds for a call, against evalsha of ioredis with the same script',
      machineLine(machine),
      `median (min–max) of ${rounds} rounds, in which both take turns; time, CPU: ours ÷ native`,
      '',
      costTable(costs),
      '',
      'Rate limiters: decisions in a second; commands and bytes, both ways, for each of them',
      '',
      decisionTable(decisions),
    ].join('\n');
    process.stdout.write(`${text}\n`);
    await keep(RESULT, {scenario: 'utilities', machine, rounds, costs, decisions});
  } finally {
    redis.disconnect();
    await server.stop();
  }
}

await main();
