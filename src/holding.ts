import type {QuorumError} from './errors.js';
import {Guard} from './guard.js';
import {Beating} from './keep-alive/heartbeat.js';
import type {Kept, ToKeep} from './keep-alive/worker/keep-alive-worker.js';
import type {Clock} from './lease/clock.js';
import type {Lease} from './lease/lease.js';
import type {Leases, Released} from './lease/leases.js';
import {freshMs, headStartMs} from './lease/validity.js';
import {Lock, NOT_OURS, type LockParts} from './lock.js';
import {checkAnnouncement, checkTtl, type Request} from './options.js';
import type {Ticket} from './waiting/local-queue.js';

/** What a locker does for each of its locks. */
export interface Keeper {
  readonly clock: Clock;
  readonly leases: Leases;
  readonly nodeTimeoutMs: number | undefined;
  /** How late this process may notice that a time is over. */
  expectedLatenessMs(): number;
  /** Has a lease extended by the worker thread. */
  keepInWorker(toKeep: ToKeep): Kept;
  /** A lock was released or lost. */
  ended(holding: Holding): void;
}

/** For how long a lock is held, where there is a limit to it. */
interface Limits {
  readonly maxHoldMs: number;
  readonly lastsUntil: number;
  /** Until when nobody else may have it, even if it is released. */
  readonly staysUntil: number;
}

// One for all that have none, which are most, and need no clock for it.
const UNLIMITED: Limits = {maxHoldMs: Infinity, lastsUntil: Infinity, staysUntil: 0};

/** A lease that was won, in the hands of a lock: what the lock has of Redis and of its locker. */
export class Holding extends Beating implements LockParts {
  readonly lock: Lock = new Lock(this);
  readonly ttlMs: number;
  readonly #lease: Lease;
  readonly #isKeptAlive: boolean;
  readonly #limits: Limits;
  readonly #ticket: Ticket | undefined;
  readonly #keeper: Keeper;
  /** What the clock had been set forwards by when the lease was confirmed last. */
  #steppedMs: number;
  /** What extends it in the worker thread, if anything does. */
  #kept: Kept | undefined;
  #fences: ReadonlyMap<string, number> | undefined;

  /** `ticket` is the place in the line of this process, which is kept until the lock ends. */
  constructor(lease: Lease, request: Request, ticket: Ticket | undefined, keeper: Keeper) {
    super();
    this.#lease = lease;
    this.ttlMs = request.ttlMs;
    this.#isKeptAlive = request.keepAlive !== false;
    this.#limits = limitsOf(request, keeper.clock);
    this.#ticket = ticket;
    this.#keeper = keeper;
    this.#steppedMs = keeper.clock.steppedMs;
    ticket?.hold();
    if (request.keepAlive === 'worker') this.#keepInWorker();
  }

  get resources(): readonly string[] {
    return this.#lease.names.resources;
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

  get isHeld(): boolean {
    return this.lock.isHeld;
  }

  /** Not where the worker thread has done it lately; but that knows nothing of a value. */
  get isBeatNeeded(): boolean {
    if (this.#kept === undefined) return this.#isKeptAlive;
    this.#hearWorker();
    if (this.#lease.announced !== undefined) return true;
    return this.#lease.deadline - this.now() < freshMs(this.ttlMs);
  }

  beat(): Promise<void> {
    return this.lock.extend();
  }

  #keepInWorker(): void {
    this.#kept = this.#keeper.keepInWorker({
      lease: this.#lease,
      ttlMs: this.ttlMs,
      maxHoldMs: this.#limits.maxHoldMs,
      onDenied: () => void this.isHeld,
    });
  }

  #hearWorker(): void {
    if (this.#kept?.hear() === true) this.#steppedMs = this.#keeper.clock.steppedMs;
  }

  get deadline(): number {
    if (this.#kept !== undefined) this.#hearWorker();
    const headStart = headStartMs(this.ttlMs, this.#keeper.expectedLatenessMs());
    return Math.min(this.#lease.deadline - headStart, this.#limits.lastsUntil);
  }

  whyOver(): string {
    const now = this.now();
    if (this.#lease.deadline === -Infinity) return NOT_OURS;
    if (now >= this.#limits.lastsUntil) return `it was held for ${this.#limits.maxHoldMs} ms`;
    const steppedMs = this.#keeper.clock.steppedMs - this.#steppedMs;
    const isByStep = steppedMs > 0 && now - steppedMs < this.deadline;
    if (!isByStep) return 'its time ran out';
    return `the machine was suspended, or its clock set forwards, for ${Math.round(steppedMs)} ms`;
  }

  async extend(ttlMs: number = this.ttlMs): Promise<'kept' | 'denied' | QuorumError> {
    checkTtl(ttlMs, this.#keeper.nodeTimeoutMs);
    const {steppedMs} = this.#keeper.clock;
    const outcome = await this.#keeper.leases.extend(this.#lease, ttlMs);
    if (outcome === 'kept') this.#steppedMs = steppedMs;
    this.#kept?.publish();
    return outcome;
  }

  announce(value: string): Promise<'kept' | 'denied' | QuorumError> {
    checkAnnouncement(value);
    return this.#keeper.leases.announce(this.#lease, value);
  }

  release(): Promise<Released> {
    this.#kept?.end();
    const {staysUntil} = this.#limits;
    const leaveMs = staysUntil === 0 ? 0 : Math.ceil(staysUntil - this.now());
    return this.#keeper.leases.release(this.#lease, leaveMs);
  }

  /** A node has freed it at somebody's wish. Whether too few are left that hold it. */
  forcedOn(node: number): boolean {
    return this.#lease.isFreedBy(node);
  }

  guard(): Guard {
    const {lock} = this;
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

  onEnd(): void {
    this.#kept?.end();
    this.#keeper.ended(this);
    this.#ticket?.leave();
  }
}

function limitsOf({maxHoldMs, holdAtLeastMs}: Request, clock: Clock): Limits {
  if (maxHoldMs === Infinity && holdAtLeastMs === 0) return UNLIMITED;
  const now = clock.now();
  return {
    maxHoldMs,
    lastsUntil: now + maxHoldMs,
    staysUntil: holdAtLeastMs === 0 ? 0 : now + holdAtLeastMs,
  };
}
