import {LockLostError, type QuorumError} from './errors.js';
import type {Guard} from './guard.js';

/** What a lock is made of. All that touches Redis, timers or other locks comes as a function. */
export interface LockParts {
  readonly resources: readonly string[];
  readonly token: string;
  readonly fences: ReadonlyMap<string, number>;
  /** The locker's clock, in milliseconds. */
  now(): number;
  /** The time at which the lock is over unless it is extended before. */
  readonly deadline: number;
  /** Why it is over, once the deadline has passed. */
  whyOver(): string;
  /** Prolongs the lease: `kept`, `denied` when a majority says that it is not ours, else why nobody knows. */
  extend(ttlMs: number | undefined): Promise<'kept' | 'denied' | QuorumError>;
  /** Lets a value stand beside the lease. Resolves as `extend` does. */
  announce(value: string): Promise<'kept' | 'denied' | QuorumError>;
  /** Frees the lease: `denied` when a majority says that it was not ours any more. Never rejects. */
  release(): Promise<'freed' | 'denied' | 'unclear'>;
  /** What runs Redis commands only while the nodes have this lock. */
  guard(): Guard;
  /** Called once, when the lock is released or lost. */
  onEnd(): void;
}

/** Why a lock is lost that the nodes do not have. */
export const NOT_OURS = 'the nodes say that it is not ours';

/**
 * A lock that is held: from the moment it is obtained until it is released or lost.
 *
 * It is a lease. Whether it still holds is read off the clock at each call, never off a timer, so the answer is true
 * even in the first line after the event loop stood still.
 */
export class Lock implements AsyncDisposable {
  readonly #parts: LockParts;
  #state: 'held' | 'released' | 'lost' = 'held';
  #controller: AbortController | undefined;
  #lostError: LockLostError | undefined;
  /** Why it could not be extended the last time. */
  #trouble: QuorumError | undefined;
  #release: Promise<boolean> | undefined;
  #guard: Guard | undefined;

  /** @internal */
  constructor(parts: LockParts) {
    this.#parts = parts;
  }

  /** The names of what is locked, as they were asked for. */
  get resources(): readonly string[] {
    return this.#parts.resources;
  }

  /** The random string under which Redis knows this holder. It is new for every lock. */
  get token(): string {
    return this.#parts.token;
  }

  /**
   * The fencing token: a whole number below 2^53, larger than that of everyone who held the resource before.
   * Store it with what you write, and refuse a smaller one there.
   *
   * @throws {TypeError} when the lock is on several resources. Each of them has its own, in {@link Lock.fences}.
   */
  get fence(): number {
    const [fence] = this.#parts.fences.values();
    if (fence === undefined || this.#parts.fences.size > 1) {
      throw new TypeError('Expected `fence` to be read of a lock on one resource; use `fences`');
    }
    return fence;
  }

  /** The fencing token of each resource. */
  get fences(): ReadonlyMap<string, number> {
    return this.#parts.fences;
  }

  /**
   * Aborts when the lock is lost, and before anyone else can obtain it; its `reason` is a {@link LockLostError}.
   * A release does not abort it. It needs the event loop to run: where that may stand still, ask `isHeld`.
   */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (!this.isHeld && this.#lostError !== undefined) this.#controller.abort(this.#lostError);
    return this.#controller.signal;
  }

  /** Whether the lock holds at this moment. */
  get isHeld(): boolean {
    if (this.#state === 'held' && this.#parts.now() >= this.#parts.deadline) {
      this.lose(this.#parts.whyOver());
    }
    return this.#state === 'held';
  }

  /** Runs Redis commands, or a script, only while this lock is held: the server itself checks that. */
  get guard(): Guard {
    this.#guard ??= this.#parts.guard();
    return this.#guard;
  }

  /** For how many milliseconds the lock still holds if it cannot be extended any more; 0 when it does not hold. */
  get remainingMs(): number {
    return this.isHeld ? Math.max(0, this.#parts.deadline - this.#parts.now()) : 0;
  }

  /** @throws {LockLostError} when the lock is lost, or was released. */
  assertHeld(): void {
    if (!this.isHeld) throw this.#lostError ?? this.#lost('it was released');
  }

  /**
   * Lets the lock live at least `ttlMs` milliseconds from now. Not needed while it keeps itself alive.
   *
   * @param ttlMs by default the `ttlMs` that it was obtained with. A shorter time than is left changes nothing.
   * @throws {LockLostError} when it does not hold any more.
   * @throws {QuorumError} when too few nodes answered. The lock holds on for `remainingMs`, and may be extended again.
   * @throws {TypeError | RangeError} when `ttlMs` is no time that a lock can be kept for.
   */
  async extend(ttlMs?: number): Promise<void> {
    this.assertHeld();
    const outcome = await this.#parts.extend(ttlMs);
    this.#trouble = outcome instanceof Error ? outcome : undefined;
    this.#confirm(outcome);
  }

  /**
   * Lets a value be seen by those who ask who holds the lock, or watch it: an address, say. It ends with the lock; a new
   * one takes its place. With several resources it stands beside each of them.
   *
   * @param value a text of at most 1024 bytes. Whoever may read the locks can read it.
   * @throws {LockLostError} when the lock does not hold any more.
   * @throws {QuorumError} when too few nodes answered. The value may be seen all the same, and is told again with each
   *   heartbeat.
   * @throws {TypeError | RangeError} when `value` is no such text.
   */
  async announce(value: string): Promise<void> {
    this.assertHeld();
    this.#confirm(await this.#parts.announce(value));
  }

  /**
   * Frees the lock, once, however often it is called. Never rejects, so that it can stand in a `finally`.
   *
   * @returns whether a majority of nodes confirmed that the lock was ours until now. When it is false, somebody else may
   *   have held it during the last part of the work.
   */
  release(): Promise<boolean> {
    this.#release ??= this.#releaseOnce();
    return this.#release;
  }

  /** Releases at the end of an `await using` scope. @throws {LockLostError} when the lock was lost before. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
    if (this.#lostError !== undefined) throw this.#lostError;
  }

  /** @internal Declares the lock lost. Nothing undoes that, and a lock that has ended cannot be lost. */
  lose(why: string): void {
    if (this.#state !== 'held') return;
    this.#markLost(why);
    this.#parts.onEnd();
  }

  #confirm(outcome: 'kept' | 'denied' | QuorumError): void {
    if (outcome === 'denied') this.lose(NOT_OURS);
    this.assertHeld();
    if (outcome instanceof Error) throw outcome;
  }

  #releaseOnce(): Promise<boolean> {
    const wasHeld = this.isHeld;
    const releasing = this.#parts.release();
    if (wasHeld) {
      this.#state = 'released';
      // Only now that the release is on its way, so that whoever is next asks after it.
      this.#parts.onEnd();
    }
    return releasing.then((outcome) => {
      if (wasHeld && outcome === 'denied') this.#markLost(NOT_OURS);
      return this.#state === 'released' && outcome === 'freed';
    });
  }

  #markLost(why: string): void {
    this.#state = 'lost';
    this.#lostError = this.#lost(why);
    this.#controller?.abort(this.#lostError);
  }

  #lost(why: string): LockLostError {
    return new LockLostError(this.resources, why, this.#trouble && {cause: this.#trouble});
  }
}
