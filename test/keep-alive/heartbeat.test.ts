import {Beating, Heartbeat} from '#internal/keep-alive/heartbeat.js';
import {expect} from 'chai';
import {mock} from 'node:test';
import TinyQueue from 'tinyqueue';

import {Deferred} from '../deferred.js';
import {PendingTimers} from '../pending-timers.js';
import {VirtualTime} from '../virtual-time.js';

/** A lock as the heartbeat sees it. */
class FakeLock extends Beating {
  readonly beats: number[] = [];
  endsAt: number;
  /** How long before that it counts as lost. */
  headStartMs: () => number = () => 0;
  lostAt: number | undefined;
  /** What becomes of an extension; by default it succeeds at once. */
  answer: () => Promise<void> = () => Promise.resolve();

  constructor(
    readonly time: {readonly nowMs: number},
    readonly ttlMs: number,
    readonly isBeatNeeded = true,
  ) {
    super();
    this.endsAt = time.nowMs + ttlMs;
  }

  get deadline(): number {
    return this.endsAt - this.headStartMs();
  }

  get isHeld(): boolean {
    if (this.time.nowMs >= this.deadline) this.lostAt ??= this.time.nowMs;
    return this.lostAt === undefined;
  }

  async beat(): Promise<void> {
    const sentAt = this.time.nowMs;
    this.beats.push(sentAt);
    await this.answer();
    this.endsAt = sentAt + this.ttlMs;
  }
}

const noChance = (): number => 0.999_999;

function setUp(random: () => number = noChance): {
  time: VirtualTime;
  heartbeat: Heartbeat<FakeLock>;
} {
  const time = new VirtualTime(0);
  return {time, heartbeat: new Heartbeat(() => time.nowMs, random)};
}

function hold(
  heartbeat: Heartbeat<FakeLock>,
  time: {readonly nowMs: number},
  ttlMs: number,
  keepAlive = true,
): FakeLock {
  const lock = new FakeLock(time, ttlMs, keepAlive);
  heartbeat.add(lock);
  return lock;
}

describe('the heartbeat', () => {
  afterEach(() => {
    mock.timers.reset();
    mock.restoreAll();
  });

  it('extends a lock each third of its time', async () => {
    const {time, heartbeat} = setUp();
    const lock = hold(heartbeat, time, 900);

    await time.pass(2950);

    expect(lock.beats).to.have.lengthOf(9);
    for (const [index, beat] of lock.beats.entries()) {
      expect(beat - (lock.beats[index - 1] ?? 0)).to.be.within(299, 302);
    }
    expect(lock.isHeld).to.equal(true);
  });

  it('beats up to a tenth earlier by chance, never later', async () => {
    const {time, heartbeat} = setUp(() => 0);
    const lock = hold(heartbeat, time, 900);

    await time.pass(280);

    expect(lock.beats).to.have.lengthOf(1);
    expect(lock.beats[0]).to.be.within(270, 272);
  });

  it('beats for the first time sooner where it is told to', async () => {
    const {time, heartbeat} = setUp();
    const lock = new FakeLock(time, 900);
    heartbeat.add(lock, time.nowMs, time.nowMs + 100);

    await time.pass(350);

    expect(lock.beats).to.have.lengthOf(1);
    expect(lock.beats[0]).to.be.within(100, 102);
  });

  it('extends with one that is due those that will be soon, and no others', async () => {
    const {time, heartbeat} = setUp();
    const first = hold(heartbeat, time, 900);
    await time.pass(14);
    const soon = hold(heartbeat, time, 900);
    await time.pass(5);
    const later = hold(heartbeat, time, 900);

    await time.pass(283);

    expect(first.beats).to.have.lengthOf(1);
    expect(soon.beats).to.deep.equal(first.beats);
    expect(later.beats).to.deep.equal([]);
  });

  it('tries again at once after a failure, a little later after more, and goes on as before after a success', async () => {
    const {time, heartbeat} = setUp();
    const lock = hold(heartbeat, time, 900);
    lock.answer = () =>
      lock.beats.length <= 2 ? Promise.reject(new Error('down')) : Promise.resolve();

    await time.pass(1000);

    expect(lock.beats).to.have.lengthOf(5);
    const [first = 0, second = 0, third = 0, fourth = 0] = lock.beats;
    expect(second - first).to.be.within(0, 5);
    expect(third - second).to.be.within(85, 100);
    expect(fourth - third).to.be.within(299, 302);
    expect(lock.isHeld).to.equal(true);
  });

  it('notices the loss at the deadline when every extension fails', async () => {
    const {time, heartbeat} = setUp();
    const lock = hold(heartbeat, time, 900);
    lock.answer = () => Promise.reject(new Error('down'));

    await time.pass(1200);

    expect(lock.lostAt).to.be.within(900, 902);
    expect(lock.beats.length).to.be.within(5, 9);
  });

  it('notices the loss at the deadline while an extension hangs', async () => {
    const {time, heartbeat} = setUp();
    const lock = hold(heartbeat, time, 900);
    lock.answer = () => new Deferred<void>().promise;

    await time.pass(1200);

    expect(lock.beats).to.have.lengthOf(1);
    expect(lock.lostAt).to.be.within(900, 902);
  });

  it('sends no second extension while one is under way', async () => {
    const {time, heartbeat} = setUp();
    const lock = hold(heartbeat, time, 900);
    const answer = new Deferred<void>();
    lock.answer = () => answer.promise;

    await time.pass(800);
    const during = lock.beats.length;
    answer.resolve();
    await time.pass(50);

    expect(during).to.equal(1);
    expect(lock.isHeld).to.equal(true);
  });

  it('does not extend a lock that does not keep itself alive, and notices when its time is out', async () => {
    const {time, heartbeat} = setUp();
    const lock = hold(heartbeat, time, 900, false);

    await time.pass(1000);

    expect(lock.beats).to.deep.equal([]);
    expect(lock.lostAt).to.be.within(900, 902);
  });

  it('heeds a deadline that has moved since', async () => {
    const {time, heartbeat} = setUp();
    const lock = hold(heartbeat, time, 900, false);

    await time.pass(500);
    lock.endsAt = 2000;
    await time.pass(2000);

    expect(lock.lostAt).to.be.within(2000, 2002);
  });

  it('notices all losses in the first moment after the event loop stood still', async () => {
    const {time, heartbeat} = setUp();
    const locks = [300, 600, 900].map((ttlMs) => hold(heartbeat, time, ttlMs));

    await time.freeze(5000);

    expect(locks.map(({lostAt}) => lostAt)).to.deep.equal([5000, 5000, 5000]);
    expect(locks.flatMap(({beats}) => beats)).to.deep.equal([]);
  });

  it('expects to be as late as it has been, and heeds deadlines that have moved forward by that', async () => {
    const {time, heartbeat} = setUp();
    const lock = new FakeLock(time, 900, false);
    lock.headStartMs = () => heartbeat.expectedLatenessMs;
    heartbeat.add(lock);

    await time.pass(50);
    await time.freeze(130);
    const {expectedLatenessMs} = heartbeat;
    await time.pass(800);

    expect(expectedLatenessMs).to.be.within(90, 110);
    expect(lock.lostAt).to.be.within(900 - 110, 902 - 90);
  });

  it('looks ten times a second whether the clock was set forwards, whatever is due', async () => {
    const {time, heartbeat} = setUp();
    const lock = hold(heartbeat, time, 60_000);
    await time.pass(1000);

    time.nowMs += 3_600_000;
    const wokenUpAt = time.nowMs;
    await time.pass(101);

    expect(lock.lostAt).to.be.within(wokenUpAt, wokenUpAt + 101);
  });

  it('has one timer for ten thousand locks, and none after the last of them is removed', async () => {
    using timers = new PendingTimers();
    const time = {nowMs: 0};
    const heartbeat = new Heartbeat<FakeLock>(() => time.nowMs, noChance);
    const locks = Array.from({length: 10_000}, () => hold(heartbeat, time, 60_000));
    const during = timers.count;

    for (const each of locks.slice(1)) heartbeat.remove(each);
    const withOne = timers.count;
    for (const each of locks) heartbeat.remove(each);

    expect(during).to.equal(1);
    expect(withOne).to.equal(1);
    expect(timers.count).to.equal(0);
  });

  it('needs no place in its schedule for locks that are gone within a moment', async () => {
    const pushed = mock.method(TinyQueue.prototype, 'push').mock;
    const {time, heartbeat} = setUp();
    hold(heartbeat, time, 1_000_000);

    for (let turn = 0; turn < 2000; turn += 1) {
      heartbeat.remove(hold(heartbeat, time, 1_000_000));
    }
    await time.pass(150);

    expect(pushed.callCount()).to.equal(1);
  });

  it('has a small schedule after many locks were released beside one that is held for long', async () => {
    const pushed = mock.method(TinyQueue.prototype, 'push').mock;
    const {time, heartbeat} = setUp();
    hold(heartbeat, time, 1_000_000);

    for (let turn = 0; turn < 5; turn += 1) {
      const locks = Array.from({length: 100}, () => hold(heartbeat, time, 1_000_000));
      await time.pass(150);
      for (const lock of locks) heartbeat.remove(lock);
    }
    hold(heartbeat, time, 1_000_000);
    await time.pass(150);

    expect(pushed.callCount()).to.equal(502);
    expect(pushed.calls.at(-1)?.this).to.have.property('length').that.is.within(2, 4);
  });

  it('has no timer left after all locks were lost', async () => {
    const time = new VirtualTime(0);
    using timers = new PendingTimers();
    const heartbeat = new Heartbeat<FakeLock>(() => time.nowMs, noChance);
    const locks = [300, 600].map((ttlMs) => hold(heartbeat, time, ttlMs, false));

    await time.pass(700);

    expect(locks.map(({isHeld}) => isHeld)).to.deep.equal([false, false]);
    expect(timers.count).to.equal(0);
  });

  it('does not extend a lock that was removed, and keeps the beat of the others', async () => {
    const {time, heartbeat} = setUp();
    const [gone, stays] = [hold(heartbeat, time, 900), hold(heartbeat, time, 900)];

    await time.pass(100);
    heartbeat.remove(gone);
    heartbeat.remove(gone);
    await time.pass(900);

    expect(gone.beats).to.deep.equal([]);
    expect(stays.beats).to.have.lengthOf(3);
  });

  it('does not take up a lock again that was removed while its extension was under way', async () => {
    const {time, heartbeat} = setUp();
    const lock = hold(heartbeat, time, 900);
    const answer = new Deferred<void>();
    lock.answer = () => answer.promise;
    await time.pass(310);

    heartbeat.remove(lock);
    answer.resolve();
    await time.pass(1000);

    expect(lock.beats).to.have.lengthOf(1);
  });

  it('keeps every one of many locks with different times on its own beat', async () => {
    const {time, heartbeat} = setUp();
    const locks = Array.from({length: 50}, (_, index) => hold(heartbeat, time, 300 + 40 * index));

    await time.pass(5000);

    for (const {ttlMs, beats, lostAt} of locks) {
      expect(lostAt).to.equal(undefined);
      expect(beats.length).to.be.within(
        Math.floor(5000 / (ttlMs / 3 + 2)),
        Math.ceil(5000 / (ttlMs / 3)),
      );
    }
  });
});
