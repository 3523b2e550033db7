import {expect} from 'chai';
import {VirtualClock} from 'holdfast/testing';

import {errorOf} from './error-of.js';

describe('a virtual clock', () => {
  let clock: VirtualClock;

  beforeEach(() => {
    clock = new VirtualClock().install();
  });

  afterEach(() => {
    clock[Symbol.dispose]();
  });

  it('passes only when it is told to', async () => {
    const start = Date.now();
    const monotonic = performance.now();
    await clock.advance(60_000);

    expect(Date.now() - start).to.equal(60_000);
    expect(new Date().getTime() - start).to.equal(60_000);
    expect(performance.now() - monotonic).to.equal(60_000);
    expect(new Date(5).getTime()).to.equal(5);
    expect(new Date()).to.be.an.instanceOf(Date);
  });

  it('calls timers in the order of their times, and those of one time in that in which they were set', async () => {
    const calls: [string, number][] = [];
    const note = (name: string): void => void calls.push([name, clock.monotonic()]);
    setTimeout(note, 20, 'c');
    setTimeout(note, 10, 'a');
    setTimeout(note, 10, 'b');
    setImmediate(note, 'first');
    await clock.advance(15);
    expect(calls).to.deep.equal([
      ['first', 0],
      ['a', 10],
      ['b', 10],
    ]);
    await clock.advance(5);
    expect(calls.at(-1)).to.deep.equal(['c', 20]);
  });

  it('does not call a timer that was cleared, not even by another at the same time', async () => {
    const calls: string[] = [];
    setTimeout(() => clearTimeout(second), 10);
    const second = setTimeout(() => calls.push('second'), 10);
    const every = setInterval(() => {
      calls.push('every');
      if (calls.length === 3) clearInterval(every);
    }, 7);
    await clock.advance(100);

    expect(calls).to.deep.equal(['every', 'every', 'every']);
    expect(clock.pendingCount).to.equal(0);
  });

  it('lets promises say all that they have to say between two timers', async () => {
    const calls: string[] = [];
    const chain = async (name: string): Promise<void> => {
      for (let step = 0; step < 20; step += 1) await Promise.resolve();
      await new Promise((resolve) => process.nextTick(resolve));
      calls.push(name);
    };
    setTimeout(() => void chain('a'), 10);
    setTimeout(() => calls.push('b'), 10);
    await clock.advance(10);

    expect(calls).to.deep.equal(['a', 'b']);
  });

  it('runs until a promise is settled, and passes on how', async () => {
    const kept = clock.sleep(250).then(() => 'kept');
    expect(await clock.until(kept)).to.equal('kept');
    expect(clock.monotonic()).to.equal(250);

    const broken = clock.sleep(50).then(() => Promise.reject(new Error('broken')));
    expect((await errorOf(clock.until(broken))).message).to.equal('broken');
    expect(clock.monotonic()).to.equal(300);
  });

  it('says so when nothing can settle a promise any more, or not within the time', async () => {
    const never = new Promise(() => {});

    expect((await errorOf(clock.until(never))).message).to.match(/Nothing is left to happen/);
    setTimeout(() => {}, 500);
    expect((await errorOf(clock.until(never, 100))).message).to.equal('Not settled within 100 ms');
    expect(clock.monotonic()).to.equal(0);
  });

  it('is advanced by one at a time', async () => {
    const advancing = clock.advance(10);

    expect((await errorOf(clock.advance(10))).message).to.match(/being advanced already/);
    await advancing;
  });

  it('gives the process its own timers back', async () => {
    clock[Symbol.dispose]();

    await new Promise((resolve) => void setTimeout(resolve, 1));
    expect(Math.abs(Date.now() - clock.wall())).to.be.above(0);
    expect(setTimeout).to.not.equal(undefined);
  });

  it('has timers of the usual shape', async () => {
    const timer = setTimeout(() => {}, 10);
    expect(timer.unref().hasRef()).to.equal(false);
    expect(timer.ref().hasRef()).to.equal(true);
    await clock.advance(9);
    timer.refresh();
    await clock.advance(9);
    expect(clock.pendingCount).to.equal(1);
    await clock.advance(1);
    expect(clock.pendingCount).to.equal(0);
  });
});
