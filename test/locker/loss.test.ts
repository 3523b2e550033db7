import {expect} from 'chai';
import {Locker, LockLostError, QuorumError, type Lock} from 'holdfast';
import {FencedResource} from 'holdfast/utilities';
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {fileURLToPath} from 'node:url';

import {block} from '../block.js';
import {ownServersOnly} from '../redis/own-servers-only.js';
import {rejectionOf} from '../rejection.js';
import {until} from '../until.js';
import type {Freeze} from './freezing.worker.js';
import {newName} from './names.js';
import {at, keyOf, Nodes} from './nodes.js';
import {layouts, oneNode} from './topologies.js';

/** The event loop has tasks of so many milliseconds back to back, as long as this is not disposed of. */
class BusyLoop implements Disposable {
  #next: NodeJS.Immediate;

  constructor(readonly taskMs: number) {
    this.#next = setImmediate(() => this.#work());
  }

  #work(): void {
    block(this.taskMs);
    this.#next = setImmediate(() => this.#work());
  }

  [Symbol.dispose](): void {
    clearImmediate(this.#next);
  }
}

/** When the signal of a lock aborts, by this process's clock. Nothing but the library looks at the lock meanwhile. */
const abortedAt = ({signal}: Lock): Promise<number> =>
  new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(performance.now()));
  });

describe('the loss of a lock', () => {
  let nodes: Nodes;
  let locker: Locker;

  before(async () => {
    nodes = await Nodes.start(1);
    locker = new Locker(nodes.connect());
    await (await locker.acquire(newName('warm-up'))).release();
  });

  after(async () => {
    await locker.close();
    await nodes.stop();
  });

  /** How late the loss of a lock is told: below 0 when that is before its end. */
  const lateByMs = async (ttlMs: number): Promise<number> => {
    const askedAt = performance.now();
    const lock = await locker.acquire(newName(), {ttlMs, keepAlive: false});
    const validUntil = askedAt + ttlMs * 0.99 - 2;
    return (await abortedAt(lock)) - validUntil;
  };

  for (const taskMs of [8, 240]) {
    describe(`with tasks of ${taskMs} ms back to back,`, () => {
      it('is told before the lease can end', async function () {
        // A machine that stands still for longer than the tasks has a lateness that nobody could have measured.
        this.retries(2);
        this.timeout(30_000);
        using busy = new BusyLoop(taskMs);
        // They end in all phases of a task.
        const times = Array.from({length: 8}, (_, index) => 2500 + index * (taskMs / 8));
        const late = await Promise.all(times.map((ttlMs) => lateByMs(ttlMs)));

        expect(busy.taskMs).to.equal(taskMs);
        expect(Math.max(...late)).to.be.below(0);
      });
    });
  }

  it('is told in the first line after the event loop stood still for three times the time to live', async () => {
    const lock = await locker.acquire(newName(), {ttlMs: 300});
    const {signal} = lock;

    block(900);
    const told = [signal.aborted, lock.isHeld, signal.aborted];

    expect(told).to.deep.equal([false, false, true]);
    expect(() => lock.assertHeld()).to.throw(LockLostError);
  });

  it('is told with its cause after the machine was suspended, without anybody asking', async () => {
    let sleptMs = 0;
    const clocks = {monotonic: () => performance.now(), wall: () => Date.now() + sleptMs};
    await using suspended = new Locker(nodes.connect(), {clocks});
    const lock = await suspended.acquire(newName());
    const {signal} = lock;

    sleptMs = 3_600_000;
    await until(() => signal.aborted, 2000);

    expect(signal.reason).to.be.an.instanceOf(LockLostError);
    expect(String(signal.reason)).to.match(
      /suspended, or its clock set forwards, for 36000\d\d ms/,
    );
    expect(lock.isHeld).to.equal(false);
  });

  it('is told in the first line after the machine was suspended', async () => {
    let sleptMs = 0;
    const clocks = {monotonic: () => performance.now(), wall: () => Date.now() + sleptMs};
    await using suspended = new Locker(nodes.connect(), {clocks});
    const lock = await suspended.acquire(newName());

    sleptMs = 60_000;
    const {isHeld} = lock;

    expect(isHeld).to.equal(false);
    expect(() => lock.assertHeld()).to.throw(LockLostError, 'suspended');
  });

  it('is not put down to a clock that was set forwards by less than was left', async () => {
    let aheadMs = 0;
    const clocks = {monotonic: () => performance.now(), wall: () => Date.now() + aheadMs};
    await using stepped = new Locker(nodes.connect(), {clocks});
    const lock = await stepped.acquire(newName(), {ttlMs: 5000});

    aheadMs = 500;
    const {isHeld} = lock;
    await lock.extend();
    aheadMs = 1000;
    await nodes.redis(0).del(lock.resources.map(keyOf));
    const error = await rejectionOf(lock.extend());

    expect(isHeld).to.equal(true);
    expect(error).to.be.an.instanceOf(LockLostError);
    expect(String(error)).to.not.include('suspended');
  });

  it('says so when the lock was held for as long as it may be', async () => {
    const lock = await locker.acquire(newName(), {ttlMs: 1000, maxHoldMs: 150});
    const {signal} = lock;

    await until(() => signal.aborted);

    expect(String(signal.reason)).to.include('held for 150 ms');
    await lock.release();
  });

  it('neither happens nor is averted by an extension that was done and not confirmed', async () => {
    const name = newName();
    await using one = new Locker(nodes.connectThroughProxies(), {nodeTimeoutMs: 100, ttlMs: 900});
    const lock = await one.acquire(name, {keepAlive: false});
    const {signal} = lock;
    nodes.proxy(0).drop('toClient');

    const error = await rejectionOf(lock.extend(60_000));
    const {isHeld, remainingMs} = lock;
    const livesMs = await nodes.redis(0).pttl(keyOf(name));
    await until(() => signal.aborted);
    nodes.heal();

    expect(error).to.be.an.instanceOf(QuorumError);
    expect([isHeld, remainingMs > 0, remainingMs < 900]).to.deep.equal([true, true, true]);
    expect(livesMs).to.be.above(30_000);
    expect(signal.reason).to.be.an.instanceOf(LockLostError).with.property('cause', error);
  });
});

describe('the loss of a lock on three nodes', () => {
  let nodes: Nodes;

  before(async () => {
    nodes = await Nodes.start(3);
  });

  after(async () => {
    await nodes.stop();
  });

  it('is told before the lease can end while all nodes hang', async function () {
    // The machine may stand still for longer than any margin.
    this.retries(2);
    const ttlMs = 1200;
    await using locker = new Locker(nodes.connect(), {ttlMs, nodeTimeoutMs: 100});
    const lock = await locker.acquire(newName());
    // Nothing that was asked before is under way any more.
    await lock.extend();
    const validUntil = performance.now() + lock.remainingMs + ttlMs * 0.05;
    const aborting = abortedAt(lock);

    await Promise.all(nodes.servers.map((server) => server.pause()));
    const toldAt = await aborting;
    await Promise.all(nodes.servers.map((server) => server.resume()));

    expect(toldAt).to.be.below(validUntil);
    expect(lock.signal.reason).to.have.property('cause').that.is.an.instanceOf(QuorumError);
  });

  it('does not befall one of a thousand locks that are kept alive over one connection each', async function () {
    this.timeout(60_000);
    await using locker = new Locker(nodes.connect(), {
      ttlMs: 6000,
      nodeTimeoutMs: 1000,
      timeoutMs: 30_000,
    });
    const locks = await Promise.all(
      Array.from({length: 1000}, (_, index) => locker.acquire(newName(`many-${index}`))),
    );
    const start = performance.now();

    await until(() => performance.now() - start > 7000, 20_000);

    expect(locks.filter(({isHeld}) => !isHeld)).to.deep.equal([]);
  });
});

for (const layout of layouts) {
  describe(`the loss of a lock by a process that was stopped, on ${layout.name},`, () => {
    before(ownServersOnly);

    it('is the first thing that the lock says when the process goes on, and what it writes then is refused by its fence', async function () {
      this.timeout(30_000);
      const topology = await layout.get();
      const name = newName();
      const {place, direct} = await oneNode.get();
      const [ledger = ''] = place.urls;
      const book = new FencedResource(at(direct, 0), `ledger:${name}`);
      const task: Freeze = {place: topology.place, ledger, name, ttlMs: 1000, freezeMs: 900};
      const script = fileURLToPath(new URL('freezing.worker.js', import.meta.url));
      const child = spawn(process.execPath, [script, JSON.stringify(task)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let output = '';
      child.stdout.on('data', (text: Buffer) => (output += text.toString()));
      const exited = once(child, 'exit');
      await until(() => output.endsWith('\n'), 15_000);
      await using locker = new Locker(topology.connect());

      child.kill('SIGSTOP');
      const next = await locker.acquire(name);
      const isWritten = await book.write(next.fence, 'next');
      const stoppedUntil = performance.now() + 1000;
      await until(() => performance.now() > stoppedUntil);
      child.kill('SIGCONT');
      await exited;

      const [fence, said = ''] = output.split('\n');
      const late = {before: false, isHeld: false, after: true, isWritten: false};
      expect(JSON.parse(said)).to.deep.equal(late);
      expect(next.fence).to.be.above(Number(fence));
      expect(isWritten).to.equal(true);
      expect(await book.read()).to.deep.equal({value: 'next', fence: next.fence});
      expect(await next.release()).to.equal(true);
    });
  });
}
