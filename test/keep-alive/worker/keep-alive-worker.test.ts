import {
  KeepAliveWorker,
  type Kept,
  type KeepAliveWorkerOptions,
} from '#internal/keep-alive/worker/keep-alive-worker.js';
import {Clock} from '#internal/lease/clock.js';
import type {Lease} from '#internal/lease/lease.js';
import {Leases} from '#internal/lease/leases.js';
import {Tokens} from '#internal/lease/token.js';
import {Node} from '#internal/redis/node.js';
import {expect} from 'chai';
import {Redis} from 'ioredis';
import {once} from 'node:events';
import {mock} from 'node:test';
import type {Worker} from 'node:worker_threads';

import {block} from '../../block.js';
import {newName} from '../../locker/names.js';
import type {RedisServer} from '../../redis/redis-server.js';
import {startRedis} from '../../redis/start-redis.js';
import {until} from '../../until.js';

const TTL_MS = 400;

describe('the thread that keeps leases alive', () => {
  let server: RedisServer;
  let redis: Redis;
  let clock: Clock;
  let worker: KeepAliveWorker;
  const threads: Worker[] = [];
  const onWorker = (thread: Worker): void => void threads.push(thread);

  before(async () => {
    server = await startRedis();
    redis = new Redis(server.url);
  });

  after(async () => {
    redis.disconnect();
    await server.stop();
  });

  beforeEach(() => {
    clock = new Clock();
    worker = newWorker();
    process.on('worker', onWorker);
  });

  afterEach(async () => {
    mock.timers.reset();
    process.off('worker', onWorker);
    threads.length = 0;
    await worker.close();
  });

  const newWorker = (options: Partial<KeepAliveWorkerOptions> = {}): KeepAliveWorker =>
    new KeepAliveWorker({
      clients: [redis],
      clock,
      clocks: undefined,
      quorum: 1,
      nodeTimeoutMs: 100,
      stallMs: 5000,
      ...options,
    });

  async function newLease(key: string): Promise<Lease> {
    const now = (): number => clock.now();
    const tokens = new Tokens({metadata: false, wall: () => Date.now()});
    const nodes = [new Node(0, redis, now)];
    const leases = new Leases({
      nodes,
      quorum: 1,
      clock,
      tokens,
      nodeTimeoutMs: undefined,
      keyPrefix: '',
    });
    const request = {resources: [key], ttlMs: TTL_MS, lockDelayMs: 0, label: undefined};
    const attempt = await leases.attempt(request);
    if (attempt.kind === 'won') return attempt.value;
    throw new Error(`Expected to win, got ${attempt.kind}`);
  }

  /** A lease that the thread keeps. */
  async function keep({key = newName(), maxHoldMs = Infinity} = {}): Promise<{
    readonly key: string;
    readonly lease: Lease;
    readonly kept: Kept;
    readonly denials: readonly number[];
  }> {
    await worker.ready();
    const lease = await newLease(key);
    const denials: number[] = [];
    const onDenied = (): void => void denials.push(clock.now());
    const kept = worker.keep({lease, ttlMs: TTL_MS, maxHoldMs, onDenied});
    return {key, lease, kept, denials};
  }

  const isThere = async (key: string): Promise<boolean> => (await redis.exists(key)) === 1;

  it('is one, is ready when that was awaited, and is gone with a close', async () => {
    const none = threads.length;
    await worker.ready();
    await worker.ready();
    const [thread] = threads;
    const gone = thread === undefined ? undefined : once(thread, 'exit');
    await worker.close();
    await gone;

    expect([none, threads.length]).to.deep.equal([0, 1]);
    expect(thread?.threadId).to.equal(-1);
  });

  it('extends while the event loop stands still, tells of it when asked, and stops when told to', async () => {
    const {key, lease, kept} = await keep();
    const first = lease.deadline;

    block(2.5 * TTL_MS);
    const wasHeard = kept.hear();
    const {deadline} = lease;
    const wasThere = await isThere(key);
    kept.end();

    expect([wasHeard, wasThere]).to.deep.equal([true, true]);
    expect(deadline - first).to.be.above(TTL_MS);
    await until(async () => !(await isThere(key)), 3 * TTL_MS);
  });

  it('hears what was confirmed elsewhere', async () => {
    const {lease, kept} = await keep();
    await until(() => kept.hear());
    lease.confirmUntil(0, clock.now() + 60_000);
    kept.publish();

    // It has heard once it tells of that time itself.
    lease.forget(0);
    await until(() => kept.hear() && lease.deadline > clock.now() + 50_000);
  });

  it('extends nothing for longer than it may be held', async () => {
    const {key} = await keep({maxHoldMs: 1});

    await until(async () => !(await isThere(key)), 2 * TTL_MS);
  });

  it('extends nothing while the event loop has stood still for too long', async () => {
    await worker.close();
    worker = newWorker({stallMs: 100});
    const {key} = await keep();

    block(100 + 2 * TTL_MS);

    expect(await isThere(key)).to.equal(false);
  });

  it('goes on for as long as the event loop does, however little it may stand still', async () => {
    await worker.close();
    worker = newWorker({stallMs: 150});
    const {key} = await keep();

    const end = clock.now() + 2.5 * TTL_MS;
    await until(() => clock.now() > end);

    expect(await isThere(key)).to.equal(true);
  });

  it('tells of a lease that is not ours, and of no other', async () => {
    const one = await keep();
    const other = await keep();
    await redis.del(one.key);

    await until(() => one.denials.length > 0);

    expect(other.denials).to.deep.equal([]);
    expect(await isThere(other.key)).to.equal(true);
  });

  it('is kept for a while after its last lease, and no longer', async () => {
    const {kept} = await keep();
    const another = await keep();
    mock.timers.enable({apis: ['setTimeout']});
    kept.end();
    mock.timers.tick(20_000);
    const during = threads[0]?.threadId;
    another.kept.end();
    mock.timers.tick(9999);
    const lingering = threads[0]?.threadId;
    mock.timers.tick(1);
    mock.timers.reset();

    await until(() => threads[0]?.threadId === -1);
    expect([during, lingering]).to.not.include(-1);
  });

  it('is gone after a while when it got nothing to keep', async () => {
    mock.timers.enable({apis: ['setTimeout']});
    await worker.ready();
    mock.timers.tick(10_000);
    mock.timers.reset();

    await until(() => threads[0]?.threadId === -1);
  });

  it('is not ended while it has something to keep, though it was started long before', async () => {
    mock.timers.enable({apis: ['setTimeout']});
    await worker.ready();
    mock.timers.reset();
    const {key} = await keep();
    mock.timers.enable({apis: ['setTimeout']});
    await worker.ready();
    mock.timers.tick(20_000);
    mock.timers.reset();

    const end = clock.now() + 1.5 * TTL_MS;
    await until(() => clock.now() > end);
    expect(await isThere(key)).to.equal(true);
  });

  it('warns once when it ends by itself, and is not started again at once', async () => {
    const warnings: Error[] = [];
    const listener = (warning: Error): void => void warnings.push(warning);
    process.on('warning', listener);
    await keep();

    await threads[0]?.terminate();
    await until(() => warnings.length > 0);
    const {key, kept} = await keep();
    await until(async () => !(await isThere(key)), 3 * TTL_MS);
    process.off('warning', listener);

    expect(kept.hear()).to.equal(false);
    expect(threads).to.have.lengthOf(1);
    expect(warnings.map((warning) => Reflect.get(warning, 'code'))).to.deep.equal([
      'HOLDFAST_KEEP_ALIVE',
    ]);
    expect(String(warnings[0])).to.include('the main thread does it now: it ended with code');
  });

  it('is started again some time after it has ended by itself', async () => {
    await worker.ready();
    await threads[0]?.terminate();
    const later = performance.now() + 10_000;
    mock.method(performance, 'now', () => later);

    await worker.ready();
    mock.restoreAll();

    expect(threads).to.have.lengthOf(2);
  });

  it('is refused with clocks of the test, and with clients that it cannot open again', () => {
    const clocks = {monotonic: () => 0, wall: () => 0};
    const client = {send: () => Promise.resolve('OK')};

    expect(() => newWorker({clocks}).check()).to.throw(TypeError, 'clocks');
    expect(() => newWorker({clients: [client]}).check()).to.throw(TypeError, 'node 0');
    expect(() => worker.check()).not.to.throw();
    expect(threads).to.deep.equal([]);
  });
});
