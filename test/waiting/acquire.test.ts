import {acquire, type AcquireOptions} from '#internal/waiting/acquire.js';
import type {Attempt, Miss} from '#internal/waiting/attempt.js';
import {expect} from 'chai';
import {QuorumError} from 'holdfast';
import {mock} from 'node:test';

import {Deferred} from '../deferred.js';
import {flush} from '../flush.js';
import {listenersOf} from '../listeners.js';
import {PendingTimers} from '../pending-timers.js';
import {rejectionOf} from '../rejection.js';

type Outcome = Attempt<string>;

const won: Outcome = {kind: 'won', value: 'the lease'};
const noQuorum = new QuorumError(['x'], 'No quorum', []);
const busy = (waitMs: number): Outcome => ({kind: 'busy', waits: [waitMs]});
const failed = (isHopeless: boolean): Outcome => ({
  kind: 'failed',
  error: noQuorum,
  isHopeless,
});

/** A caller whose attempts end as the test says. */
class Caller {
  readonly controller = new AbortController();
  readonly undone: string[] = [];
  readonly misses: Miss[] = [];
  /** How many failures each attempt was told of. */
  readonly failures: number[] = [];
  attempts = 0;
  first: Miss | undefined;
  #random = 0;

  constructor(readonly outcome: (attempt: number) => Outcome | Promise<Outcome>) {}

  withRandom(random: number): this {
    this.#random = random;
    return this;
  }

  acquire(longestSleepMs = 10_000): Promise<string> {
    const options: AcquireOptions<string> = {
      first: this.first,
      attempt: async (failures) => {
        this.failures.push(failures);
        this.attempts += 1;
        return this.outcome(this.attempts);
      },
      undo: (value) => Promise.resolve(this.undone.push(value)),
      quorum: 1,
      longestSleepMs,
      onMiss: (miss) => this.misses.push(miss),
      random: () => this.#random,
    };
    return acquire(this.controller.signal, options);
  }
}

/** Lets virtual time pass, and all that hangs on it happen. */
async function pass(ms: number): Promise<void> {
  mock.timers.tick(ms);
  await flush();
}

describe('waiting for a lease', () => {
  afterEach(() => {
    mock.timers.reset();
  });

  it('gives what the first attempt wins, with no timer', async () => {
    using timers = new PendingTimers();
    const caller = new Caller(() => won);

    const value = await caller.acquire();

    expect(value).to.equal('the lease');
    expect(caller.attempts).to.equal(1);
    expect(timers.count).to.equal(0);
    expect(listenersOf(caller.controller.signal)).to.equal(0);
  });

  it('tells each attempt how many in a row have failed before it', async () => {
    mock.timers.enable({apis: ['setTimeout']});
    const outcomes = [failed(false), failed(false), busy(5), failed(false), won];
    const caller = new Caller((attempt) => outcomes[attempt - 1] ?? won);

    const value = caller.acquire();
    await flush();
    while (caller.attempts < outcomes.length) await pass(10);
    await value;

    expect(caller.failures).to.deep.equal([0, 1, 2, 0, 1]);
  });

  it('sleeps for as long as it is told, and then asks again', async () => {
    mock.timers.enable({apis: ['setTimeout']});
    const caller = new Caller((attempt) => (attempt === 1 ? busy(3000) : won));

    const result = caller.acquire();
    await flush();
    await pass(2999);
    const early = caller.attempts;
    await pass(2);

    expect(early).to.equal(1);
    expect(await result).to.equal('the lease');
    expect(caller.attempts).to.equal(2);
  });

  it('sleeps a little longer by chance, but no more than 50 ms', async () => {
    mock.timers.enable({apis: ['setTimeout']});
    const caller = new Caller((attempt) => (attempt === 1 ? busy(3000) : won)).withRandom(0.999);

    const result = caller.acquire();
    await flush();
    await pass(3040);
    const early = caller.attempts;
    await pass(20);

    expect(early).to.equal(1);
    expect(await result).to.equal('the lease');
  });

  it('never sleeps longer than the limit, even where a key has no time to live', async () => {
    mock.timers.enable({apis: ['setTimeout']});
    const caller = new Caller((attempt) => (attempt < 4 ? busy(Infinity) : won));

    const result = caller.acquire(500);
    await flush();
    for (let second = 0; second < 3; second += 1) await pass(600);

    expect(await result).to.equal('the lease');
    expect(caller.attempts).to.equal(4);
  });

  it('asks again soon, after a while that grows, where it could be free at once', async () => {
    mock.timers.enable({apis: ['setTimeout']});
    const caller = new Caller(() => busy(0)).withRandom(0.999);

    const result = rejectionOf(caller.acquire());
    await flush();
    const attempts: number[] = [];
    for (const ms of [21, 41, 81, 161]) {
      await pass(ms);
      attempts.push(caller.attempts);
    }
    caller.controller.abort();
    await result;

    expect(attempts).to.deep.equal([2, 3, 4, 5]);
  });

  it('tries on after trouble, twice as late each time, up to about a second', async () => {
    mock.timers.enable({apis: ['setTimeout']});
    const caller = new Caller((attempt) => (attempt < 20 ? failed(false) : won)).withRandom(0.999);
    const times: number[] = [];

    const result = caller.acquire();
    await flush();
    for (let ms = 0; ms < 20_000 && caller.attempts < 12; ms += 10) {
      if (caller.attempts > times.length) times.push(ms);
      await pass(10);
    }
    const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    caller.controller.abort('enough');

    expect(await rejectionOf(result)).to.equal('enough');
    expect(gaps[0]).to.be.within(10, 40);
    for (const [index, gap] of gaps.entries()) {
      expect(gap).to.be.at.most(1300);
      if (index > 0) expect(gap).to.be.at.least(gaps[index - 1] ?? 0);
    }
    expect(gaps.at(-1)).to.be.within(1000, 1300);
  });

  it('sleeps first where an attempt has been made before, and gives up at once where that was hopeless', async () => {
    mock.timers.enable({apis: ['setTimeout']});
    const [patient, hopeless] = [new Caller(() => won), new Caller(() => won)];
    patient.first = {kind: 'busy', waits: [3000]};
    hopeless.first = {kind: 'failed', error: noQuorum, isHopeless: true};

    const result = patient.acquire();
    const error = await rejectionOf(hopeless.acquire());
    await flush();
    await pass(2999);
    const early = patient.attempts;
    await pass(2);

    expect(error).to.equal(noQuorum);
    expect(hopeless.attempts).to.equal(0);
    expect(early).to.equal(0);
    expect(await result).to.equal('the lease');
  });

  it('rejects at once with the error of an attempt that is hopeless', async () => {
    const caller = new Caller((attempt) => (attempt === 1 ? failed(true) : won));

    const error = await rejectionOf(caller.acquire());

    expect(error).to.equal(noQuorum);
    expect(caller.attempts).to.equal(1);
  });

  it('rejects at once with an error that an attempt throws', async () => {
    const mistake = new RangeError('one server twice');
    const caller = new Caller(() => Promise.reject(mistake));

    expect(await rejectionOf(caller.acquire())).to.equal(mistake);
    expect(caller.attempts).to.equal(1);
  });

  it('tells of every attempt that missed', async () => {
    mock.timers.enable({apis: ['setTimeout']});
    const outcomes = [busy(10), failed(false), won];
    const caller = new Caller((attempt) => outcomes[attempt - 1] ?? won);

    const result = caller.acquire();
    await flush();
    for (let round = 0; round < 5; round += 1) await pass(100);
    await result;

    expect(caller.misses).to.deep.equal(outcomes.slice(0, 2));
  });

  it('makes no attempt for a signal that has aborted before', async () => {
    const caller = new Caller(() => won);
    caller.controller.abort('gone');

    expect(await rejectionOf(caller.acquire())).to.equal('gone');
    expect(caller.attempts).to.equal(0);
  });

  it('stops in the middle of a sleep, and leaves no timer and no listener', async () => {
    using timers = new PendingTimers();
    const caller = new Caller(() => busy(60_000));
    const result = rejectionOf(caller.acquire(60_000));
    await flush();
    const during = timers.count;

    caller.controller.abort('enough');

    expect(await result).to.equal('enough');
    expect(during).to.equal(1);
    expect(timers.count).to.equal(0);
    expect(listenersOf(caller.controller.signal)).to.equal(0);
  });

  it('does not wait for an attempt that is under way, and undoes what that wins', async () => {
    const attempt = new Deferred<Outcome>();
    const caller = new Caller(() => attempt.promise);
    const result = rejectionOf(caller.acquire());
    await flush();

    caller.controller.abort('enough');
    const reason = await result;
    const before = [...caller.undone];
    attempt.resolve(won);
    await flush();

    expect(reason).to.equal('enough');
    expect(before).to.deep.equal([]);
    expect(caller.undone).to.deep.equal(['the lease']);
  });

  it('bears an attempt that fails after the abort', async () => {
    const attempt = new Deferred<Outcome>();
    const caller = new Caller(() => attempt.promise);
    const result = rejectionOf(caller.acquire());
    await flush();

    caller.controller.abort('enough');
    attempt.reject(new Error('down'));
    await flush();

    expect(await result).to.equal('enough');
    expect(caller.undone).to.deep.equal([]);
  });

  it('either gives what it won or undoes it, at whatever moment the abort comes', async () => {
    const ends = {given: 0, undone: 0};
    for (let attemptSteps = 0; attemptSteps < 8; attemptSteps += 1) {
      for (let abortSteps = 0; abortSteps < 30; abortSteps += 1) {
        const caller = new Caller(async () => {
          for (let step = 0; step < attemptSteps; step += 1) await Promise.resolve();
          return won;
        });
        const result = caller.acquire();
        const failure = rejectionOf(result);
        for (let step = 0; step < abortSteps; step += 1) await Promise.resolve();
        caller.controller.abort('enough');

        const reason = await failure;
        await flush();

        const name = `attempt of ${attemptSteps} steps, abort after ${abortSteps}`;
        const lost = caller.attempts > 0 && reason !== undefined;
        expect(caller.undone, name).to.deep.equal(lost ? ['the lease'] : []);
        expect(reason, name).to.be.oneOf([undefined, 'enough']);
        if (reason === undefined) ends.given += 1;
        else ends.undone += 1;
      }
    }

    expect(ends.given).to.be.above(0);
    expect(ends.undone).to.be.above(0);
  });
});
