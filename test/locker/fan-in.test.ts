import {expect} from 'chai';
import {Locker} from 'holdfast';
import type {Redis} from 'ioredis';

import {listenersOf} from '../listeners.js';
import {PendingTimers} from '../pending-timers.js';
import {rejectionOf} from '../rejection.js';
import {until} from '../until.js';
import {usedBytes} from '../used-bytes.js';
import {newName} from './names.js';
import {at} from './nodes.js';
import {oneNode, type Topology} from './topologies.js';

const tasks = 10_000;
const turnCount = 1000;
const lockCount = 2000;
// Each with all that its caller has of it: some 4 kB where only the first of them asks, 6 kB with a place in Redis, and
// 14 kB with a subscription of its own.
const most = {oneLock: 6000, inLine: 9000, manyLocks: 20_000};
const patient = {ttlMs: 600_000, timeoutMs: 600_000};

const subscriptions = async (redis: Redis): Promise<number> =>
  Number(/pubsub_channels:(\d+)/.exec(await redis.info('stats'))?.[1]);

describe('thousands of tasks that wait', () => {
  let topology: Topology;
  let holder: Locker;
  let warnings: Error[];
  const note = (warning: Error): number => warnings.push(warning);

  before(async () => {
    topology = await oneNode.get();
  });

  beforeEach(() => {
    holder = new Locker(topology.connect(), patient);
    warnings = [];
    process.on('warning', note);
  });

  afterEach(async () => {
    process.off('warning', note);
    await holder.close();
  });

  /** What becomes of waiters that share one signal, until that aborts. */
  async function check(
    locker: Locker,
    names: readonly string[],
    count: number,
    mostBytes: number,
    areWaiting: () => Promise<boolean>,
  ): Promise<void> {
    await locker.using(newName('warm-up'), () => {});
    using timers = new PendingTimers();
    await Promise.all(names.map((name) => rejectionOf(locker.tryAcquire(name))));
    const before = await usedBytes();
    const controller = new AbortController();
    const options = {signal: controller.signal};
    const waiting = Array.from({length: count}, (_, index) =>
      rejectionOf(locker.acquire(at(names, index % names.length), options)),
    );
    await until(areWaiting, 60_000);
    const bytes = ((await usedBytes()) - before) / count;
    const listeners = listenersOf(controller.signal);

    const start = performance.now();
    controller.abort('enough');
    const reasons = await Promise.all(waiting);
    const tookMs = performance.now() - start;
    await locker.close();

    expect(bytes).to.be.within(100, mostBytes);
    expect(listeners).to.equal(1);
    expect(new Set(reasons)).to.deep.equal(new Set(['enough']));
    expect(tookMs).to.be.below(10_000);
    expect(listenersOf(controller.signal)).to.equal(0);
    // The holder has a heartbeat, and its connection a timer or two.
    await until(() => timers.count < 10);
    expect(warnings.map(({name}) => name)).to.not.include('MaxListenersExceededWarning');
  }

  it('for one lock are cheap, and gone at once with the signal that they share', async function () {
    this.timeout(120_000);
    const name = newName();
    await holder.acquire(name);
    const locker = new Locker(topology.connect(), patient);
    const redis = at(topology.direct, 0);

    await check(locker, [name], tasks, most.oneLock, async () => (await subscriptions(redis)) > 0);
  });

  it('for as many locks are cheap, and gone at once with the signal that they share', async function () {
    this.timeout(120_000);
    const base = newName();
    const names = Array.from({length: lockCount}, (_, index) => `${base}:${index}`);
    await Promise.all(names.map((name) => holder.acquire(name)));
    const locker = new Locker(topology.connect(), patient);
    const redis = at(topology.direct, 0);

    await check(
      locker,
      names,
      lockCount,
      most.manyLocks,
      async () => (await subscriptions(redis)) >= lockCount,
    );
  });

  it('for one lock in a line of Redis are cheap, and gone at once with the signal that they share', async function () {
    this.timeout(120_000);
    const name = newName();
    const fair = {...patient, fair: true};
    await holder.acquire(name);
    const locker = new Locker(topology.connect(), fair);
    const redis = at(topology.direct, 0);
    const count = (): Promise<number> => redis.zcard(`{lock:${name}}:waiting-line`);

    await check(locker, [name], tasks, most.inLine, async () => (await count()) === tasks);

    await until(async () => (await count()) === 0);
  });

  for (const fair of [false, true]) {
    it(`for one lock have their turns in the order in which they came${fair ? ', in a line of Redis' : ''}`, async function () {
      this.timeout(120_000);
      const name = newName();
      await using locker = new Locker(topology.connect(), {...patient, fair});
      const turns: number[] = [];

      await Promise.all(
        Array.from({length: turnCount}, (_, index) => locker.using(name, () => turns.push(index))),
      );

      expect(turns).to.deep.equal(Array.from({length: turnCount}, (_, index) => index));
    });
  }
});
