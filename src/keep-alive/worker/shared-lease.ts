import type {Clock} from '../../lease/clock.js';
import type {Lease} from '../../lease/lease.js';
import type {Ledger} from './ledger.js';
import {momentIn, msUntil} from './moment.js';

/** A lease that two threads have, each on its own clock, and its confirmations that they tell each other. */
export class SharedLease {
  readonly #lease: Lease;
  readonly #ledger: Ledger;
  readonly #clock: Clock;

  constructor(lease: Lease, ledger: Ledger, clock: Clock) {
    this.#lease = lease;
    this.#ledger = ledger;
    this.#clock = clock;
  }

  /** Tells the other thread what the nodes have confirmed. */
  publish(): void {
    const now = this.#clock.now();
    this.#ledger.publish(
      this.#lease.usableUntil.map((until) =>
        until === -Infinity ? undefined : momentIn(until - now),
      ),
    );
  }

  /** Takes over what the other thread has told since the last time. Returns whether that was anything. */
  hear(): boolean {
    const untils = this.#ledger.news();
    if (untils === undefined) return false;
    const now = this.#clock.now();
    for (const [node, until] of untils.entries()) {
      if (until === undefined) this.#lease.forget(node);
      else this.#lease.confirmUntil(node, now + msUntil(until));
    }
    return true;
  }
}
