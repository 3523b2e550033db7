import type {AcquireCall, LeaseNames} from '../redis/scripts.js';
import {quorumTime, usableMs} from './validity.js';

const NOWHERE = new Map<number, readonly number[]>();

/** As many times as there are nodes, on none of which anything is held. A copy is the fastest new list, and the smallest. */
function nowhere(nodes: number): number[] {
  const known = NOWHERE.get(nodes) ?? Array.from({length: nodes}, () => -Infinity);
  NOWHERE.set(nodes, known);
  return known.slice();
}

/**
 * What Redis granted to one token: on which nodes, and until when each of them has confirmed it.
 *
 * Times are those of the locker's own clock, counted from before the confirmed command was sent.
 */
export class Lease {
  /** Until when each node's grant may be relied upon. */
  readonly #usableUntil: number[];
  readonly #quorum: number;
  /** What its holder announces, which has to live as long. */
  announced: string | undefined;
  #freedBy: Set<number> | undefined;
  #endsAt = -Infinity;

  constructor(
    /** The acquisition that it comes from, some of which may still be under way. */
    readonly acquisition: AcquireCall,
    /** One fence per resource, in the order of the lock keys. */
    readonly fences: readonly number[],
    /** When it was asked for. */
    readonly askedAt: number,
    nodes: number,
    quorum: number,
  ) {
    this.#quorum = quorum;
    this.#usableUntil = nowhere(nodes);
  }

  get names(): LeaseNames {
    return this.acquisition.names;
  }

  get token(): string {
    return this.acquisition.token;
  }

  /** Until when each node's grant may be relied upon; `-Infinity` where it may not. */
  get usableUntil(): readonly number[] {
    return this.#usableUntil;
  }

  /** The time up to which a quorum of nodes holds this lease for sure. */
  get deadline(): number {
    return quorumTime(this.#usableUntil, this.#quorum);
  }

  /** When the last of its keys ends by itself, whatever was confirmed. */
  get endsAt(): number {
    return this.#endsAt;
  }

  /** A command was sent that lets the keys live until then. */
  sent(endsAt: number): void {
    this.#endsAt = Math.max(this.#endsAt, endsAt);
  }

  /** A node did what was sent to it at `sentAt`. An answer that comes out of order never shortens what is known. */
  confirm(node: number, sentAt: number, ttlMs: number): void {
    this.confirmUntil(node, sentAt + usableMs(ttlMs));
  }

  /** A node's grant may be relied upon until then. */
  confirmUntil(node: number, until: number): void {
    this.#usableUntil[node] = Math.max(this.#usableUntil[node] ?? -Infinity, until);
  }

  /** A node says that it does not hold this lease. */
  forget(node: number): void {
    this.#usableUntil[node] = -Infinity;
  }

  /**
   * A node has been made to free it. Whether that leaves too few: nodes that have it may not have said so yet, so
   * only those count that have it no more.
   */
  isFreedBy(node: number): boolean {
    this.#freedBy ??= new Set();
    this.#freedBy.add(node);
    return this.#freedBy.size > this.#usableUntil.length - this.#quorum;
  }
}
