// After so long a delay counts for half.
const HALF_LIFE_MS = 5000;

// What is longer is a stop and no delay: a debugger, a suspended machine. Nothing can be told ahead of that.
const LONGEST_MS = 2000;

// What the head start of the loss signal has room for anyway.
const COVERED_MS = 10;

// Timers that were late before may be somewhat later the next time.
const HEADROOM = 1.25;

/**
 * How late the timers of this process may be, judged by how late they have been: a maximum that fades.
 *
 * It is told in steps, so that what is planned by it need not be planned anew each time.
 */
export class Lateness {
  #measuredMs = 0;
  #measuredAt = -Infinity;
  #expectedMs = 0;

  /** How late the next timer may be; 0 while that is too little to matter. */
  get expectedMs(): number {
    return this.#expectedMs;
  }

  /** A timer was so late. Returns whether the expectation is another one now. */
  note(lateMs: number, now: number): boolean {
    const faded = this.#measuredMs * 2 ** ((this.#measuredAt - now) / HALF_LIFE_MS);
    this.#measuredMs = Math.max(Math.min(lateMs, LONGEST_MS), faded, 0);
    this.#measuredAt = now;
    const before = this.#expectedMs;
    const isMore = this.#measuredMs > before;
    const isFarLess = this.#measuredMs < before / 3;
    if (isMore || isFarLess) this.#expectedMs = this.#worthTelling(HEADROOM * this.#measuredMs);
    return this.#expectedMs !== before;
  }

  #worthTelling(ms: number): number {
    return ms > COVERED_MS ? ms : 0;
  }
}
