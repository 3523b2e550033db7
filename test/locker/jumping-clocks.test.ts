import {expect} from 'chai';
import {Locker} from 'holdfast';
import {Machine, MemoryRedis, SkewedClock, VirtualClock} from 'holdfast/testing';

import {at} from './nodes.js';

const HOUR_MS = 3_600_000;
const TTL_MS = 30_000;

describe('a lock on three nodes whose clocks jump forward', () => {
  let clock: VirtualClock;
  let times: SkewedClock[];
  let nodes: MemoryRedis[];
  let holder: Locker;
  let other: Locker;

  beforeEach(() => {
    clock = new VirtualClock().install();
    times = [0, 1, 2].map(() => new SkewedClock(clock));
    nodes = times.map((time) => new MemoryRedis({clock: time}));
    [holder, other] = [newLocker(), newLocker()];
  });

  afterEach(async () => {
    await clock.until(Promise.all([holder.close(), other.close()]));
    clock[Symbol.dispose]();
  });

  const newLocker = (): Locker => {
    const machine = new Machine(clock);
    const links = nodes.map((redis) => machine.connect(redis));
    return new Locker(links, {ttlMs: TTL_MS, clocks: machine.clocks});
  };

  /** The node believes that it is an hour later: keys that are to live for less are gone. */
  const jump = async (node: number): Promise<void> => {
    at(times, node).step(HOUR_MS);
    expect(await at(nodes, node).send('PTTL', ['lock:a'])).to.equal(-2);
  };

  it('stays the only one when one of them does, and is kept alive by the others', async () => {
    const lock = await clock.until(holder.acquire('a'));

    await jump(1);
    const atOnce = await clock.until(other.tryAcquire('a'));
    await clock.advance(4 * TTL_MS);
    const later = await clock.until(other.tryAcquire('a'));

    expect([atOnce, later]).to.deep.equal([undefined, undefined]);
    expect(lock.isHeld).to.equal(true);
    expect(await clock.until(lock.release())).to.equal(true);
  });

  it('may have a second holder when two of them do: with a higher fence, and the first hears of it at its next heartbeat', async () => {
    const first = await clock.until(holder.acquire('a'));

    await jump(0);
    await jump(2);
    const second = await clock.until(other.tryAcquire('a'));
    const areBoth = first.isHeld && second?.isHeld;
    await clock.advance(TTL_MS / 3 + 1);

    expect(areBoth).to.equal(true);
    expect(second?.fence).to.be.above(first.fence);
    expect([first.isHeld, first.signal.aborted]).to.deep.equal([false, true]);
    expect(second?.isHeld).to.equal(true);
  });
});
