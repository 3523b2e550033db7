import {Lock, type LockParts} from '#internal/lock.js';
import {expect} from 'chai';
import {LockLostError, QuorumError} from 'holdfast';

import {Deferred} from './deferred.js';
import {rejectionOf} from './rejection.js';

type Extended = Awaited<ReturnType<LockParts['extend']>>;
type Released = Awaited<ReturnType<LockParts['release']>>;

/** What a lock is made of, in the hand of the test. */
class Parts implements LockParts {
  readonly resources: readonly string[];
  readonly token = 'token';
  readonly fences: ReadonlyMap<string, number>;
  readonly log: string[] = [];
  nowMs = 0;
  deadlineMs = 1000;
  extended: Extended | Promise<Extended> = 'kept';
  released: Released | Promise<Released> = 'freed';

  constructor(resources: readonly string[] = ['x']) {
    this.resources = resources;
    this.fences = new Map(resources.map((resource, index) => [resource, 7 + index]));
  }

  now(): number {
    return this.nowMs;
  }

  get deadline(): number {
    return this.deadlineMs;
  }

  guard(): never {
    throw new Error('nothing is guarded');
  }

  whyOver(): string {
    return 'its time ran out';
  }

  async extend(ttlMs: number | undefined): Promise<Extended> {
    this.log.push(`extend ${ttlMs}`);
    return this.extended;
  }

  async announce(value: string): Promise<Extended> {
    this.log.push(`announce ${value}`);
    return this.extended;
  }

  async release(): Promise<Released> {
    this.log.push('release');
    return this.released;
  }

  onEnd(): void {
    this.log.push('end');
  }
}

const noQuorum = new QuorumError(['x'], 'No quorum', []);

function setUp(resources?: readonly string[]): {parts: Parts; lock: Lock} {
  const parts = new Parts(resources);
  return {parts, lock: new Lock(parts)};
}

describe('a lock', () => {
  it('tells what it is', () => {
    const {lock} = setUp();

    expect(lock.resources).to.deep.equal(['x']);
    expect(lock.token).to.equal('token');
    expect(lock.fence).to.equal(7);
    expect(lock.isHeld).to.equal(true);
    expect(lock.remainingMs).to.equal(1000);
    expect(() => lock.assertHeld()).to.not.throw();
  });

  it('has a fence for each of several resources, and refuses to pick one', () => {
    const {lock} = setUp(['a', 'b']);

    expect([...lock.fences]).to.deep.equal([
      ['a', 7],
      ['b', 8],
    ]);
    expect(() => lock.fence).to.throw(TypeError, 'fences');
  });

  describe('that is released', () => {
    it('sends one release, however often it is asked to', async () => {
      const {parts, lock} = setUp();

      const answers = await Promise.all([lock.release(), lock.release()]);
      await lock[Symbol.asyncDispose]();

      expect(answers).to.deep.equal([true, true]);
      expect(await lock.release()).to.equal(true);
      expect(parts.log).to.deep.equal(['release', 'end']);
    });

    it('is not held from the very call on, before any answer', () => {
      const {parts, lock} = setUp();
      parts.released = new Deferred<Released>().promise;

      void lock.release();

      expect(lock.isHeld).to.equal(false);
      expect(lock.remainingMs).to.equal(0);
      expect(() => lock.assertHeld()).to.throw(LockLostError, 'released');
    });

    it('refuses to be extended, and sends nothing', async () => {
      const {parts, lock} = setUp();
      await lock.release();

      const error = await rejectionOf(lock.extend());

      expect(error).to.be.an.instanceOf(LockLostError);
      expect(parts.log).to.deep.equal(['release', 'end']);
    });

    it('does not abort its signal', async () => {
      const {lock} = setUp();
      const {signal} = lock;

      await lock.release();

      expect(signal.aborted).to.equal(false);
      expect(lock.signal.aborted).to.equal(false);
    });

    it('is not lost any more by what comes later', async () => {
      const {parts, lock} = setUp();
      await lock.release();

      lock.lose('too late');
      parts.nowMs = 5000;

      expect(lock.isHeld).to.equal(false);
      expect(lock.signal.aborted).to.equal(false);
      expect(await rejectionOf(lock[Symbol.asyncDispose]())).to.equal(undefined);
      expect(parts.log).to.deep.equal(['release', 'end']);
    });

    it('says false when no majority confirms it, and no more than that when nobody knows', async () => {
      const {parts, lock} = setUp();
      parts.released = 'unclear';

      const released = await lock.release();

      expect(released).to.equal(false);
      expect(await rejectionOf(lock[Symbol.asyncDispose]())).to.equal(undefined);
    });

    it('counts as lost when a majority says that it was not ours', async () => {
      const {parts, lock} = setUp();
      parts.released = 'denied';

      const released = await lock.release();

      expect(released).to.equal(false);
      expect(lock.signal.aborted).to.equal(true);
      expect(await rejectionOf(lock[Symbol.asyncDispose]())).to.be.an.instanceOf(LockLostError);
      expect(parts.log).to.deep.equal(['release', 'end']);
    });

    it('is not extended by an extension that was under way', async () => {
      const {parts, lock} = setUp();
      const answer = new Deferred<Extended>();
      parts.extended = answer.promise;
      const extending = rejectionOf(lock.extend());

      await lock.release();
      answer.resolve('kept');

      expect(await extending).to.be.an.instanceOf(LockLostError);
      expect(lock.isHeld).to.equal(false);
    });
  });

  describe('that is lost', () => {
    it('says so in the first line after its deadline, with no timer and no signal', () => {
      const {parts, lock} = setUp();

      parts.nowMs = 999;
      const before = lock.isHeld;
      parts.nowMs = 1000;

      expect(before).to.equal(true);
      expect(lock.isHeld).to.equal(false);
      expect(lock.remainingMs).to.equal(0);
      expect(() => lock.assertHeld()).to.throw(LockLostError, 'time ran out');
    });

    it('aborts its signal with the same error that it throws', () => {
      const {lock} = setUp();
      const {signal} = lock;
      const reasons: unknown[] = [];
      signal.addEventListener('abort', () => reasons.push(signal.reason));

      lock.lose('by the test');

      expect(reasons).to.have.lengthOf(1);
      expect(reasons[0]).to.be.an.instanceOf(LockLostError);
      expect(() => lock.assertHeld()).to.throw(LockLostError, 'by the test');
    });

    it('has an aborted signal even when that is first asked for afterwards', () => {
      const {lock} = setUp();

      lock.lose('by the test');

      expect(lock.signal.aborted).to.equal(true);
      expect(lock.signal.reason).to.be.an.instanceOf(LockLostError);
      expect(lock.signal).to.equal(lock.signal);
    });

    it('has an aborted signal each time that is asked for, though nothing else has noticed the loss', () => {
      const {parts, lock} = setUp();
      const before = lock.signal;

      parts.nowMs = 1000;
      const {aborted, reason} = lock.signal;

      expect(aborted).to.equal(true);
      expect(reason).to.be.an.instanceOf(LockLostError);
      expect(before.aborted).to.equal(true);
    });

    it('tells why it could not be extended the last time', async () => {
      const {parts, lock} = setUp();
      parts.extended = noQuorum;
      await rejectionOf(lock.extend());

      parts.nowMs = 1000;
      const {reason} = lock.signal;

      expect(reason).to.be.an.instanceOf(LockLostError).with.property('cause', noQuorum);
    });

    it('does not blame a failure after which it was extended', async () => {
      const {parts, lock} = setUp();
      parts.extended = noQuorum;
      await rejectionOf(lock.extend());
      parts.extended = 'kept';
      await lock.extend();

      parts.nowMs = 1000;
      const {reason} = lock.signal;

      expect(reason).to.be.an.instanceOf(LockLostError);
      expect(reason).to.not.have.property('cause');
    });

    it('is never held again, whatever the clock and the nodes say later', async () => {
      const {parts, lock} = setUp();
      parts.nowMs = 1000;
      expect(lock.isHeld).to.equal(false);

      parts.nowMs = 0;
      parts.deadlineMs = 50_000;
      const error = await rejectionOf(lock.extend());

      expect(error).to.be.an.instanceOf(LockLostError);
      expect(lock.isHeld).to.equal(false);
      expect(parts.log).to.deep.equal(['end']);
    });

    it('is not revived by an extension that comes back too late', async () => {
      const {parts, lock} = setUp();
      const answer = new Deferred<Extended>();
      parts.extended = answer.promise;
      const extending = rejectionOf(lock.extend());

      lock.lose('by the test');
      parts.deadlineMs = 50_000;
      answer.resolve('kept');

      expect(await extending).to.be.an.instanceOf(LockLostError);
      expect(lock.isHeld).to.equal(false);
    });

    it('ends once', () => {
      const {parts, lock} = setUp();

      lock.lose('one');
      lock.lose('two');
      parts.nowMs = 5000;

      expect(lock.isHeld).to.equal(false);
      expect(parts.log).to.deep.equal(['end']);
      expect(() => lock.assertHeld()).to.throw(LockLostError, 'one');
    });

    it('still sends its release, once, because a part of it may be there yet', async () => {
      const {parts, lock} = setUp();
      lock.lose('by the test');

      const answers = [await lock.release(), await lock.release()];

      expect(answers).to.deep.equal([false, false]);
      expect(parts.log).to.deep.equal(['end', 'release']);
    });

    it('reports the loss at the end of its scope', async () => {
      const {lock} = setUp();
      lock.lose('by the test');

      const error = await rejectionOf(lock[Symbol.asyncDispose]());

      expect(error).to.be.an.instanceOf(LockLostError);
    });
  });

  describe('that announces something', () => {
    it('is lost when a majority says that it is not ours', async () => {
      const {parts, lock} = setUp();
      parts.extended = 'denied';

      const error = await rejectionOf(lock.announce('here'));

      expect(error).to.be.an.instanceOf(LockLostError);
      expect(lock.isHeld).to.equal(false);
      expect(parts.log).to.deep.equal(['announce here', 'end']);
    });

    it('holds on when too few nodes answered, and says so', async () => {
      const {parts, lock} = setUp();
      parts.extended = noQuorum;

      expect(await rejectionOf(lock.announce('here'))).to.equal(noQuorum);
      expect(lock.isHeld).to.equal(true);
    });

    it('sends nothing when it is lost already', async () => {
      const {parts, lock} = setUp();
      lock.lose('for a test');

      const error = await rejectionOf(lock.announce('here'));

      expect(error).to.be.an.instanceOf(LockLostError);
      expect(parts.log).to.deep.equal(['end']);
    });
  });

  describe('that is extended', () => {
    it('is held on when a quorum agrees', async () => {
      const {parts, lock} = setUp();

      await lock.extend(500);

      expect(lock.isHeld).to.equal(true);
      expect(parts.log).to.deep.equal(['extend 500']);
    });

    it('is lost when a majority says that it is not ours', async () => {
      const {parts, lock} = setUp();
      const {signal} = lock;
      parts.extended = 'denied';

      const error = await rejectionOf(lock.extend());

      expect(error).to.be.an.instanceOf(LockLostError);
      expect(signal.reason).to.equal(error);
      expect(parts.log).to.deep.equal(['extend undefined', 'end']);
    });

    it('is held on until its deadline when nobody knows', async () => {
      const {parts, lock} = setUp();
      parts.extended = noQuorum;

      const error = await rejectionOf(lock.extend());

      expect(error).to.equal(noQuorum);
      expect(lock.isHeld).to.equal(true);
      expect(lock.remainingMs).to.equal(1000);
    });

    it('is lost, and no quorum error is thrown, when its deadline passed meanwhile', async () => {
      const {parts, lock} = setUp();
      const answer = new Deferred<Extended>();
      parts.extended = answer.promise;
      const extending = rejectionOf(lock.extend());

      parts.nowMs = 1000;
      answer.resolve(noQuorum);

      expect(await extending).to.be.an.instanceOf(LockLostError);
    });

    it('sends nothing after its deadline', async () => {
      const {parts, lock} = setUp();
      parts.nowMs = 1000;

      const error = await rejectionOf(lock.extend());

      expect(error).to.be.an.instanceOf(LockLostError);
      expect(parts.log).to.deep.equal(['end']);
    });
  });

  it('makes its signal only when somebody asks for it', () => {
    const {lock} = setUp();
    const signals = [lock.signal, lock.signal];

    expect(signals[0]).to.equal(signals[1]);
    expect(signals[0]?.aborted).to.equal(false);
  });
});
