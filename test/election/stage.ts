import {Lock, type LockParts} from '#internal/lock.js';
import type {AcquireOptions} from 'holdfast';
import type {
  ElectionLocker,
  LeaderElection as Election,
  LeaderElectionOptions,
} from 'holdfast/election';
import {LeaderElection} from 'holdfast/election';
import {mock} from 'node:test';

import {Deferred} from '../deferred.js';
import {flush} from '../flush.js';

const TTL_MS = 1000;

/** A lock whose time and end are in the hand of the test. */
class StagedLock implements LockParts {
  readonly resources: readonly string[] = ['x'];
  readonly token = 'token';
  readonly fences: ReadonlyMap<string, number>;
  readonly lock: Lock;
  deadlineMs: number;
  announced: 'kept' | 'denied' = 'kept';
  /** What a release waits for. */
  releasing: Promise<void> | undefined;

  constructor(
    fence: number,
    private readonly stage: Stage,
  ) {
    this.fences = new Map([['x', fence]]);
    this.deadlineMs = stage.nowMs + TTL_MS;
    this.lock = new Lock(this);
  }

  now(): number {
    return this.stage.nowMs;
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

  async extend(): Promise<'kept'> {
    this.deadlineMs = this.stage.nowMs + TTL_MS;
    return 'kept';
  }

  async announce(): Promise<'kept' | 'denied'> {
    return this.announced;
  }

  async release(): Promise<'freed'> {
    await this.releasing;
    this.stage.log.push('released');
    return 'freed';
  }

  onEnd(): void {
    // Nobody else keeps it.
  }
}

/** A locker, a clock and a record of what happens, so that a test can bring about any order of events. */
export class Stage implements ElectionLocker, Disposable {
  readonly log: string[] = [];
  nowMs = 0;
  #waiting: Deferred<Lock> | undefined;
  #fence = 0;

  constructor() {
    mock.timers.enable({apis: ['setTimeout']});
  }

  [Symbol.dispose](): void {
    mock.timers.reset();
  }

  candidate(options: LeaderElectionOptions = {}): Election {
    return new LeaderElection(this, 'x', {ttlMs: TTL_MS, ...options});
  }

  async acquire(_resource: unknown, {signal}: AcquireOptions = {}): Promise<Lock> {
    this.log.push('campaigns');
    const waiting = new Deferred<Lock>();
    this.#waiting = waiting;
    const stop = (): void => {
      this.log.push('leaves');
      waiting.reject(signal?.reason);
    };
    signal?.addEventListener('abort', stop);
    try {
      return await waiting.promise;
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  }

  inspect(): never {
    throw new Error('is not looked at');
  }

  watch(): never {
    throw new Error('is not watched');
  }

  /** Lets the one who campaigns win. */
  async elect(): Promise<StagedLock> {
    const staged = new StagedLock((this.#fence += 1), this);
    this.log.push('elected');
    this.#waiting?.resolve(staged.lock);
    await flush();
    return staged;
  }

  /** Lets the attempt to win fail. */
  async refuse(error: Error): Promise<void> {
    this.#waiting?.reject(error);
    await flush();
  }

  async pass(ms: number): Promise<void> {
    for (const end = this.nowMs + ms; this.nowMs < end;) {
      this.nowMs += 1;
      mock.timers.tick(1);
      await flush();
    }
  }
}
