import type {QuorumError} from './errors.js';
import type {Clock} from './lease/clock.js';
import type {Lease} from './lease/lease.js';
import type {Leases, Released} from './lease/leases.js';
import type {Lock, LockParts} from './lock.js';
import {checkTtl, type Request} from './options.js';
import type {Ticket} from './waiting/local-queue.js';

/** What a locker does for each of its locks. */
export interface Keeper {
  readonly clock: Clock;
  readonly leases: Leases;
  readonly nodeTimeoutMs: number | undefined;
  /** Gives a lease back, and lets those have their turn who wait for it elsewhere. */
  release(lease: Lease, resources: readonly string[]): Promise<Released['outcome']>;
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
  #fences: ReadonlyMap<string, number> | undefined;

  /** `ticket` is the place in the line of this process, which is kept until the lock ends. */
  constructor(lease: Lease, request: Request, ticket: Ticket | undefined, keeper: Keeper) {
    this.#lease = lease;
    this.#request = request;
    this.#ticket = ticket;
    this.#keeper = keeper;
    this.#lastsUntil = keeper.clock.now() + request.maxHoldMs;
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

  deadline(): number {
    return Math.min(this.#lease.deadline, this.#lastsUntil);
  }

  extend(ttlMs: number = this.#request.ttlMs): Promise<'kept' | 'denied' | QuorumError> {
    checkTtl(ttlMs, this.#keeper.nodeTimeoutMs);
    return this.#keeper.leases.extend(this.#lease, this.resources, ttlMs);
  }

  release(): Promise<Released['outcome']> {
    return this.#keeper.release(this.#lease, this.resources);
  }

  onEnd(lock: Lock): void {
    this.#keeper.ended(lock);
    this.#ticket?.leave();
  }
}
