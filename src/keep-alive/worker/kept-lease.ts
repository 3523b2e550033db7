import type {Clock} from '../../lease/clock.js';
import {Lease} from '../../lease/lease.js';
import type {Leases} from '../../lease/leases.js';
import {LeaseNames} from '../../redis/scripts.js';
import {Beating} from '../heartbeat.js';
import {Ledger} from './ledger.js';
import type {KeepMessage} from './messages.js';
import {msUntil} from './moment.js';
import {SharedLease} from './shared-lease.js';

/** What the worker has for all that it keeps. */
export interface Workshop {
  readonly clock: Clock;
  readonly leases: Leases;
  readonly nodes: number;
  readonly quorum: number;
  /** Whether the main thread has been silent for too long. */
  readonly isMainStalled: () => boolean;
  /** The nodes say that it is not ours. */
  readonly onDenied: (id: number) => void;
}

/** A lease as the worker has it: extended for its owner, and told of to it. */
export class KeptLease extends Beating {
  readonly #message: KeepMessage;
  readonly #workshop: Workshop;
  readonly #lease: Lease;
  readonly #ledger: Ledger;
  readonly #shared: SharedLease;
  readonly #lastsUntil: number;

  constructor(message: KeepMessage, workshop: Workshop) {
    super();
    const {fences, lastsUntil, memory} = message;
    const {clock, nodes, quorum} = workshop;
    // Of what comes from another thread only the data has come.
    const {resources, prefix} = message.call.names;
    const call = {...message.call, names: new LeaseNames(resources, prefix)};
    this.#message = message;
    this.#workshop = workshop;
    this.#lease = new Lease(call, fences, clock.now(), nodes, quorum);
    this.#ledger = new Ledger(nodes, 'worker', memory);
    this.#shared = new SharedLease(this.#lease, this.#ledger, clock);
    this.#lastsUntil = clock.now() + msUntil(lastsUntil);
  }

  get ttlMs(): number {
    return this.#message.ttlMs;
  }

  get deadline(): number {
    this.#shared.hear();
    return Math.min(this.#lease.deadline, this.#lastsUntil);
  }

  get isHeld(): boolean {
    return !this.#ledger.isOver && this.#workshop.clock.now() < this.deadline;
  }

  get isBeatNeeded(): boolean {
    return true;
  }

  async beat(): Promise<void> {
    const {leases, isMainStalled, onDenied} = this.#workshop;
    const {id, ttlMs} = this.#message;
    if (isMainStalled()) throw new Error('the main thread stands still');
    const outcome = await leases.extend(this.#lease, ttlMs);
    this.#shared.publish();
    if (outcome === 'denied') onDenied(id);
    if (outcome instanceof Error) throw outcome;
  }
}
