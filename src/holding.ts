import type {QuorumError} from './errors.js';
import {Guard} from './guard.js';
import type {Kept, ToKeep} from './keep-alive/worker/keep-alive-worker.js';
import type {Clock} from './lease/clock.js';
import type {Lease} from './lease/lease.js';
import type {Leases, Released} from './lease/leases.js';
import {freshMs, headStartMs} from './lease/validity.js';
import {NOT_OURS, type Lock, type LockParts} from './lock.js';
import {checkAnnouncement, checkTtl, type Request} from './options.js';
import type {Ticket} from './waiting/local-queue.js';

/** What a locker does for each of its locks. */
export interface Keeper {
  readonly clock: Clock;
  readonly leases: Leases;
  readonly nodeTimeoutMs: number | undefined;
  /** How late this process may notice that a time is over. */
  expectedLatenessMs(): number;
  /** Gives a lease back, now or in `leaveMs`, and lets those have their turn who wait for it elsewhere. */
  release(
    lease: Lease,
    resources: readonly string[],
    leaveMs: number,
  ): Promise<Released['outcome']>;
  /** Has a lease extended by the worker thread. */
  keepInWorker(toKeep: ToKeep): Kept;
  /** A lock was released or lost. */
  ended(lock: Lock): void;
}

/** A lease that was won, in the hands of a lock: what the lock has of Redis and of its locker. */
export class Holding implements LockParts {
  readonly #lease: Lease;
  readonly #request: Request;
  readonly #ticket: Ticket | undefined;
  readonly #keeper: Keeper;
  readonly #lastsUntil: number;
  /** Until when nobody else may have it, even if it is released. */
  readonly #staysUntil: number;
  /** What the clock had been set forwards by when the lease was confirmed last. */
  #steppedMs: number;
  /** What extends it in the worker thread, if anything does. */
  #kept: Kept | undefined;
  #fences: ReadonlyMap<string, number> | undefined;

  /** `ticket` is the place in the line of this process, which is kept until the lock ends. */
  constructor(lease: Lease, request: Request, ticket: Ticket | undefined, keeper: Keeper) {
    this.#lease = lease;
    this.#request = request;
    this.#ticket = ticket;
    this.#keeper = keeper;
    const {maxHoldMs, holdAtLeastMs} = request;
    // The clock is not for free, and most locks have neither limit.
    const now = maxHoldMs === Infinity && holdAtLeastMs === 0 ? 0 : keeper.clock.now();
    this.#lastsUntil = now + maxHoldMs;
    this.#staysUntil = now + holdAtLeastMs;
    this.#steppedMs = keeper.clock.steppedMs;
    ticket?.hold();
  }

  get resources(): readonly string[] {
    return this.#request.resources;
  }

  get token(): string {
    return this.#lease.token;
  }

  get fences(): ReadonlyMap<string, number> {
    this.#fences ??= new Map(
      this.resources.map((resource, index) => [resource, this.#lease.fences[index] ?? 0]),
    );
    return this.#fences;
  }

  now(): number {
    return this.#keeper.clock.now();
  }

  /** Has it extended by the worker thread from now on; `lock` asks for what comes of it. */
  keepInWorker(lock: Lock): void {
    const {resources, ttlMs, maxHoldMs} = this.#request;
    this.#kept = this.#keeper.keepInWorker({
      lease: this.#lease,
      resources,
      ttlMs,
      maxHoldMs,
      onDenied: () => void lock.isHeld,
    });
  }

  /** Whether it must be extended in this thread: the other one has not done it lately, or knows nothing of a value. */
  isBeatNeeded(): boolean {
    this.#hearWorker();
    if (this.#lease.announced !== undefined) return true;
    return this.#lease.deadline - this.now() < freshMs(this.#request.ttlMs);
  }

  #hearWorker(): void {
    if (this.#kept?.hear() === true) this.#steppedMs = this.#keeper.clock.steppedMs;
  }

  deadline(): number {
    if (this.#kept !== undefined) this.#hearWorker();
    const {ttlMs} = this.#request;
    const headStart = headStartMs(ttlMs, this.#keeper.expectedLatenessMs());
    return Math.min(this.#lease.deadline - headStart, this.#lastsUntil);
  }

  whyOver(): string {
    const now = this.now();
    if (this.#lease.deadline === -Infinity) return NOT_OURS;
    if (now >= this.#lastsUntil) return `it was held for ${this.#request.maxHoldMs} ms`;
    const steppedMs = this.#keeper.clock.steppedMs - this.#steppedMs;
    const isByStep = steppedMs > 0 && now - steppedMs < this.deadline();
    if (!isByStep) return 'its time ran out';
    return `the machine was suspended, or its clock set forwards, for ${Math.round(steppedMs)} ms`;
  }

  async extend(ttlMs: number = this.#request.ttlMs): Promise<'kept' | 'denied' | QuorumError> {
    checkTtl(ttlMs, this.#keeper.nodeTimeoutMs);
    const {steppedMs} = this.#keeper.clock;
    const outcome = await this.#keeper.leases.extend(this.#lease, this.resources, ttlMs);
    if (outcome === 'kept') this.#steppedMs = steppedMs;
    this.#kept?.publish();
    return outcome;
  }

  announce(value: string): Promise<'kept' | 'denied' | QuorumError> {
    checkAnnouncement(value);
    return this.#keeper.leases.announce(this.#lease, this.resources, value);
  }

  release(): Promise<Released['outcome']> {
    this.#kept?.end();
    const leaveMs = this.#staysUntil === 0 ? 0 : Math.ceil(this.#staysUntil - this.now());
    return this.#keeper.release(this.#lease, this.resources, leaveMs);
  }

  /** A node has freed it at somebody's wish. Whether too few are left that hold it. */
  forcedOn(node: number): boolean {
    return this.#lease.isFreedBy(node);
  }

  guard(lock: Lock): Guard {
    return new Guard({
      node: this.#keeper.leases.onlyNode,
      lockKeys: this.#lease.names.locks,
      token: this.token,
      remainingMs: () => {
        lock.assertHeld();
        return lock.remainingMs;
      },
      refuse: () => {
        lock.lose(NOT_OURS);
        lock.assertHeld();
      },
    });
  }

  onEnd(lock: Lock): void {
    this.#kept?.end();
    this.#keeper.ended(lock);
    this.#ticket?.leave();
  }
}
