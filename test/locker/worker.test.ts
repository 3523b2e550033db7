import {expect} from 'chai';
import {Locker, LockLostError, type RedisClient} from 'holdfast';
import {Cluster, Redis} from 'ioredis';
import {execFile, spawn} from 'node:child_process';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import type {Worker} from 'node:worker_threads';

import {block} from '../block.js';
import {rejectionOf} from '../rejection.js';
import {until} from '../until.js';
import type {Contention} from './contending.worker.js';
import {newName} from './names.js';
import {keyOf} from './nodes.js';
import {layouts, oneNode, type Topology} from './topologies.js';

const scriptOf = (name: string): string =>
  fileURLToPath(new URL(`${name}.worker.js`, import.meta.url));

/** Another process that wants the lock. */
class Contender implements Disposable {
  readonly #child;
  #output = '';

  constructor(task: Contention) {
    this.#child = spawn(process.execPath, [scriptOf('contending'), JSON.stringify(task)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#child.stdout.on('data', (text: Buffer) => (this.#output += text.toString()));
  }

  async waits(): Promise<void> {
    await until(() => this.#output.startsWith('waiting\n'), 10_000);
  }

  /** When it got the lock, and its fence. */
  async got(): Promise<{readonly at: number; readonly fence: number}> {
    await until(() => this.#output.split('\n').length === 3, 10_000);
    return JSON.parse(this.#output.split('\n')[1] ?? '') as {at: number; fence: number};
  }

  [Symbol.dispose](): void {
    this.#child.kill();
  }
}

/** The threads that are started from now on. */
class Threads implements Disposable {
  readonly started: Worker[] = [];
  readonly #listener = (thread: Worker): void => void this.started.push(thread);

  constructor() {
    process.on('worker', this.#listener);
  }

  get running(): number {
    return this.started.filter(({threadId}) => threadId !== -1).length;
  }

  [Symbol.dispose](): void {
    process.off('worker', this.#listener);
  }
}

for (const layout of layouts) {
  describe(`a lock that a worker thread keeps alive, on ${layout.name},`, function () {
    this.timeout(30_000);

    let topology: Topology;

    before(async () => {
      topology = await layout.get();
    });

    it('is held while the event loop stands still for three times its time to live, and nobody else gets it', async () => {
      await using locker = new Locker(topology.connect(), {ttlMs: 1000, keepAlive: 'worker'});
      const name = newName();
      const lock = await locker.acquire(name);
      using contender = new Contender({place: topology.place, name});
      await contender.waits();

      block(3000);
      const {isHeld} = lock;
      const heldUntil = Date.now();
      const released = await lock.release();
      const {at, fence} = await contender.got();

      expect([isHeld, released]).to.deep.equal([true, true]);
      expect(at).to.be.at.least(heldUntil);
      expect(fence).to.be.above(lock.fence);
    });

    it('is lost, and free for others, when the event loop stands still for longer than it may', async () => {
      const options = {ttlMs: 800, keepAlive: 'worker', stallMs: 300} as const;
      await using locker = new Locker(topology.connect(), options);
      const name = newName();
      const lock = await locker.acquire(name);
      using contender = new Contender({place: topology.place, name});
      await contender.waits();

      block(2500);
      const {isHeld} = lock;
      const blockedUntil = Date.now();
      const {at} = await contender.got();

      expect(isHeld).to.equal(false);
      expect(at).to.be.below(blockedUntil);
    });
  });
}

describe('a worker thread that keeps locks alive', function () {
  this.timeout(20_000);

  let topology: Topology;

  before(async () => {
    topology = await oneNode.get();
  });

  it('has begun to do so when the event loop stands still right after the first lock was obtained', async () => {
    await using locker = new Locker(topology.connect(), {ttlMs: 1500, keepAlive: 'worker'});
    const lock = await locker.acquire(newName());

    block(3000);

    expect(lock.isHeld).to.equal(true);
  });

  it('is one for all locks of a locker, and gone with its connections when that is closed', async () => {
    using threads = new Threads();
    const [redis = new Redis()] = topology.direct;
    const connections = async (): Promise<number> =>
      String(await redis.client('LIST'))
        .trim()
        .split('\n').length;
    const clients = topology.connect();
    await Promise.all(clients.map((client) => client.ping()));
    const before = await connections();
    const locker = new Locker(clients, {keepAlive: 'worker'});

    await Promise.all(Array.from({length: 20}, () => locker.acquire(newName())));
    await until(async () => (await connections()) > before);
    const {running} = threads;
    await locker.close();

    expect(running).to.equal(1);
    expect(threads.running).to.equal(0);
    expect(threads.started).to.have.lengthOf(1);
    await until(async () => (await connections()) <= before);
  });

  it('is not started for locks that do not want it', async () => {
    using threads = new Threads();
    await using locker = new Locker(topology.connect());

    await locker.using(newName(), () => {});

    expect(threads.started).to.deep.equal([]);
  });

  it('may be killed: the event loop keeps its locks alive from then on, and says so in a warning', async () => {
    using threads = new Threads();
    const warnings: Error[] = [];
    const listener = (warning: Error): void => void warnings.push(warning);
    process.on('warning', listener);
    await using locker = new Locker(topology.connect(), {ttlMs: 900, keepAlive: 'worker'});
    const lock = await locker.acquire(newName());

    await Promise.all(threads.started.map((thread) => thread.terminate()));
    const goneAt = performance.now();
    await until(() => performance.now() - goneAt > 2700);
    process.off('warning', listener);

    expect(lock.isHeld).to.equal(true);
    expect(warnings.map((warning) => Reflect.get(warning, 'code'))).to.include(
      'HOLDFAST_KEEP_ALIVE',
    );
    expect(await lock.release()).to.equal(true);
  });

  it('may be killed in a process that stands still: the lock is lost at the time that was confirmed last', async () => {
    using threads = new Threads();
    await using locker = new Locker(topology.connect(), {ttlMs: 900, keepAlive: 'worker'});
    const lock = await locker.acquire(newName());

    await Promise.all(threads.started.map((thread) => thread.terminate()));
    block(1800);

    expect(lock.isHeld).to.equal(false);
  });

  it('finds out that a lock was taken by another, and the first line after the block says so', async () => {
    await using locker = new Locker(topology.connect(), {ttlMs: 1500, keepAlive: 'worker'});
    const name = newName();
    const lock = await locker.acquire(name);
    const {signal} = lock;
    const [redis = new Redis()] = topology.direct;
    await redis.set(keyOf(name), 'a thief', 'EX', 60);

    block(1300);
    const {isHeld} = lock;

    expect(isHeld).to.equal(false);
    expect(signal.reason).to.be.an.instanceOf(LockLostError);
    expect(String(signal.reason)).to.include('not ours');
  });

  it('extends nothing after the release', async () => {
    await using locker = new Locker(topology.connect(), {ttlMs: 600, keepAlive: 'worker'});
    const name = newName();
    const lock = await locker.acquire(name);
    const [redis = new Redis()] = topology.direct;
    await lock.release();
    // Somebody takes it under the very token that was released: an extension would prolong it.
    await redis.set(keyOf(name), lock.token, 'PX', 600);

    await until(async () => (await redis.exists(keyOf(name))) === 0, 1500);
  });

  it('does not hold a lock for longer than maxHoldMs, even while the event loop stands still', async () => {
    await using locker = new Locker(topology.connect(), {ttlMs: 600, keepAlive: 'worker'});
    const name = newName();
    const lock = await locker.acquire(name, {maxHoldMs: 800});
    const [redis = new Redis()] = topology.direct;

    block(2500);
    const exists = redis.exists(keyOf(name));

    expect(lock.isHeld).to.equal(false);
    expect(await exists).to.equal(0);
  });

  it('does not keep a process that has nothing else to do', async () => {
    const run = promisify(execFile);

    const {stdout} = await run(
      process.execPath,
      [scriptOf('idle-thread'), ...topology.place.urls],
      {
        timeout: 9000,
      },
    );

    expect(stdout).to.equal('done\n');
  });

  describe('is refused, before anything is sent,', () => {
    const client: RedisClient = {send: () => Promise.reject(new Error('nothing is sent'))};
    const lazy = {lazyConnect: true};
    const refused: Readonly<Record<string, [client: RedisClient | Redis | Cluster, why: string]>> =
      {
        'with a client that is none of ioredis': [client, 'none of ioredis'],
        'with functions among the options for TLS': [
          new Redis({...lazy, tls: {checkServerIdentity: () => undefined}}),
          'tls.checkServerIdentity',
        ],
        'with a function that maps addresses': [
          new Cluster([], {...lazy, natMap: () => null}),
          'natMap',
        ],
      };

    for (const [title, [given, why]] of Object.entries(refused)) {
      it(title, async () => {
        const locker = new Locker(given);

        const error = await rejectionOf(locker.acquire('x', {keepAlive: 'worker'}));

        expect(error).to.be.an.instanceOf(TypeError);
        expect(String(error)).to.include(why).and.to.include('node 0');
        expect(() => new Locker(given, {keepAlive: 'worker'})).to.throw(TypeError, why);
      });
    }

    it('with clocks of the test', () => {
      const clocks = {monotonic: () => 0, wall: () => 0};

      const make = (): Locker => new Locker(new Redis(lazy), {keepAlive: 'worker', clocks});

      expect(make).to.throw(TypeError, 'clocks');
    });
  });
});
