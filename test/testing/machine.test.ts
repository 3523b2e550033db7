import {expect} from 'chai';
import {Locker, LockLostError, type Lock} from 'holdfast';
import {Machine, MemoryRedis, VirtualClock, type Link} from 'holdfast/testing';

import {errorOf} from './error-of.js';

describe('machines, links and nodes', () => {
  let clock: VirtualClock;
  let nodes: readonly MemoryRedis[];

  beforeEach(() => {
    clock = new VirtualClock().install();
    nodes = [0, 1, 2].map(() => new MemoryRedis({clock}));
  });

  afterEach(() => {
    clock[Symbol.dispose]();
  });

  /** A process with a locker on all nodes. */
  class Process {
    readonly machine = new Machine(clock);
    readonly links: readonly Link[] = nodes.map((node) =>
      this.machine.connect(node, {requests: {delayMs: 1}, replies: {delayMs: 1}}),
    );
    readonly locker = new Locker(this.links, {ttlMs: 1000, clocks: this.machine.clocks});

    acquire(name: string): Promise<Lock> {
      return this.machine.run(() => this.locker.acquire(name, {timeoutMs: 60_000}));
    }
  }

  const valueOf = async (name: string): Promise<unknown[]> =>
    Promise.all(nodes.map((node) => node.send('GET', [`lock:${name}`])));

  it('carry a lock through hours in no time', async () => {
    const process = new Process();
    const lock = await clock.until(process.acquire('a'));
    // The scripts are sent once more to nodes that have not seen them.
    expect(clock.monotonic()).to.equal(4);
    await clock.advance(3_600_000);

    expect(lock.isHeld).to.equal(true);
    expect(await clock.until(lock.release())).to.equal(true);
    expect(await valueOf('a')).to.deep.equal([null, null, null]);
    await clock.until(process.locker.close());
  });

  it('show what a frozen process finds when it goes on', async () => {
    const frozen = new Process();
    const other = new Process();
    const old = await clock.until(frozen.acquire('a'));
    const {signal} = old;
    frozen.machine.freeze();
    const lock = await clock.until(other.acquire('a'));
    expect(clock.monotonic()).to.be.within(900, 1200);
    expect(signal.aborted).to.equal(false);
    frozen.machine.thaw();

    expect(await clock.until(frozen.machine.run(() => old.isHeld))).to.equal(false);
    expect(signal.reason).to.be.an.instanceOf(LockLostError);
    expect(lock.fence).to.be.above(old.fence);
    expect(lock.isHeld).to.equal(true);
  });

  it('let what a frozen process has cleared stay cleared', async () => {
    const machine = new Machine(clock);
    const calls: string[] = [];
    await clock.until(
      machine.run(() => {
        setTimeout(() => clearTimeout(later), 10);
        const later = setTimeout(() => calls.push('later'), 20);
      }),
    );
    machine.freeze();
    await clock.advance(50);
    machine.thaw();
    await clock.advance(50);

    expect(calls).to.deep.equal([]);
  });

  it('end what a killed process does', async () => {
    const killed = new Process();
    await clock.until(killed.acquire('a'));
    killed.machine.kill();
    await clock.advance(1100);

    expect(await valueOf('a')).to.deep.equal([null, null, null]);
  });

  it('lose requests and replies without a word', async () => {
    const process = new Process();
    for (const link of process.links.slice(0, 2)) link.replies = {lossRate: 1};
    const outcome = process.machine.run(() => process.locker.tryAcquire('a'));

    expect((await errorOf(clock.until(outcome))).name).to.equal('QuorumError');
    await clock.advance(10);
    expect(await valueOf('a')).to.deep.equal([null, null, null]);
  });

  it('give an error to those whose link is cut, and do what was on its way', async () => {
    const [node] = nodes;
    const link = new Machine(clock).connect(node ?? new MemoryRedis(), {requests: {delayMs: 5}});
    const sent = errorOf(link.send('SET', ['a', '1']));
    link.cut();

    expect((await clock.until(sent)).message).to.equal('Connection is closed.');
    expect((await errorOf(link.send('GET', ['a']))).message).to.equal('Connection is closed.');
    await clock.advance(5);
    expect(await node?.send('GET', ['a'])).to.equal('1');
    link.mend();
    expect(await clock.until(link.send('GET', ['a']))).to.equal('1');
  });

  it('keep the order of messages unless they are told not to', async () => {
    const [node = new MemoryRedis()] = nodes;
    const delays = [0.9, 0.1];
    const random = (): number => delays.shift() ?? 0;
    const link = new Machine(clock).connect(node);
    for (const isUnordered of [false, true]) {
      link.requests = {delayMs: [0, 10], isUnordered};
      const way = new Machine(clock).connect(node, {
        requests: link.requests,
        random: () => random(),
      });
      // For each message: whether it is doubled, whether it is lost, and its delay.
      delays.splice(0, 2, 1, 1, 0.9, 1, 1, 0.1);
      const both = Promise.all([way.send('SET', ['a', 'first']), way.send('SET', ['a', 'second'])]);
      await clock.until(both);

      expect(await node.send('GET', ['a'])).to.equal(isUnordered ? 'first' : 'second');
    }
  });

  it('do twice what is doubled', async () => {
    const [node = new MemoryRedis()] = nodes;
    const link = new Machine(clock).connect(node, {requests: {duplicateRate: 1}});
    await clock.until(link.send('INCR', ['n']));

    expect(await node.send('GET', ['n'])).to.equal('2');
  });

  it('tell those who listen over their links', async () => {
    const [node = new MemoryRedis()] = nodes;
    const link = new Machine(clock).connect(node, {replies: {delayMs: 3}});
    const heard: (string | undefined)[] = [];
    const listening = link.listen('news', (message) => heard.push(message));
    await clock.until(listening.heard);
    expect(await node.send('PUBLISH', ['news', 'a'])).to.equal(1);
    expect(heard).to.deep.equal([]);
    await clock.advance(3);
    expect(heard).to.deep.equal(['a']);
    link.cut();
    await node.send('PUBLISH', ['news', 'b']);
    link.mend();
    await clock.advance(3);
    expect(heard).to.deep.equal(['a', undefined]);
    node.restart();
    await clock.advance(3);
    expect(heard).to.deep.equal(['a', undefined, undefined]);
    listening.stop();
    expect(node.listenerCount).to.equal(0);
  });

  it('wake a waiter as soon as the holder releases', async () => {
    const holder = new Process();
    const waiter = new Process();
    const lock = await clock.until(holder.acquire('a'));
    const next = waiter.acquire('a');
    await clock.advance(5000);
    const before = clock.monotonic();
    const released = holder.machine.run(() => lock.release());
    await clock.until(Promise.all([released, next]));

    expect(clock.monotonic() - before).to.be.below(10);
  });

  it('keep, lose or roll back what a node has stored', async () => {
    const [node = new MemoryRedis()] = nodes;
    await node.send('SET', ['a', 'old']);
    const old = node.snapshot();
    await node.send('SET', ['a', 'new']);

    node.kill();
    expect((await errorOf(node.send('GET', ['a']))).message).to.equal('Connection is closed.');
    node.restart({keepData: true});
    expect(await node.send('GET', ['a'])).to.equal('new');
    node.restart({data: old});
    expect(await node.send('GET', ['a'])).to.equal('old');
    node.restart();
    expect(await node.send('GET', ['a'])).to.equal(null);
  });

  it('take commands in while a node is paused, and do them when it goes on', async () => {
    const [node = new MemoryRedis()] = nodes;
    node.pause();
    const answers = [node.send('INCR', ['n']), node.send('INCR', ['n'])];
    await clock.advance(1000);
    node.resume();
    expect(await Promise.all(answers)).to.deep.equal([1, 2]);
    node.pause();
    const lost = errorOf(node.send('INCR', ['n']));
    node.kill();
    expect((await lost).message).to.equal('Connection is closed.');
  });

  it('have clocks of their own, which may be fast, slow and set', async () => {
    const machine = new Machine(clock, {rate: 1.1, aheadMs: 50});
    const {clocks} = machine;
    expect(clocks.wall() - clock.wall()).to.equal(50);
    const calls: number[] = [];
    await clock.until(machine.run(() => void setTimeout(() => calls.push(clock.monotonic()), 110)));
    await clock.advance(1000);
    expect(calls.map((at) => Math.round(at))).to.deep.equal([100]);
    expect(Math.round(clocks.monotonic())).to.equal(1100);
    clocks.step(-500);
    expect(Math.round(clocks.wall() - clock.wall())).to.equal(50 + 100 - 500);
    clocks.rate = 0.5;
    await clock.advance(1000);
    expect(Math.round(clocks.monotonic())).to.equal(1600);
  });
});
