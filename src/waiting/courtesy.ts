import {type Run} from './local-queue.js';

// Long enough for somebody else to hear of a release and ask, short enough to cost little when nobody does.
const PAUSE_MS = 5;
// How many of this process may have the lock one after the other while others elsewhere are known to wait.
const LONGEST_RUN = 16;
// For how long it is remembered that somebody elsewhere waited.
const MEMORY_MS = 1000;

/**
 * Lets waiters of other processes have their turn.
 *
 * Who has just released a lock is the first to know that it is free, and would win every time against those who must
 * be told. So it holds back for a moment if others were listening; when more of its own process stand in line, only
 * after a number of them, or a time.
 */
export class Courtesy {
  readonly #now: () => number;
  readonly #othersWaitedAt = new Map<string, number>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** These resources were released just now, with others elsewhere waiting or not. */
  released(resources: readonly string[], othersWait: boolean): void {
    if (!othersWait && this.#othersWaitedAt.size === 0) return;
    const now = this.#now();
    for (const resource of resources) {
      this.#othersWaitedAt.delete(resource);
      if (othersWait) this.#othersWaitedAt.set(resource, now);
    }
    for (const [resource, at] of this.#othersWaitedAt) {
      if (now - at < MEMORY_MS) break;
      this.#othersWaitedAt.delete(resource);
    }
  }

  /** How long to hold back before asking. `run`: who of this process have had the lock without a break. */
  pauseMs(resources: readonly string[], {count, isLong}: Run): number {
    if (count === 0 && this.#othersWaitedAt.size === 0) return 0;
    const now = this.#now();
    const pauses = resources.map((resource) => {
      const sinceMs = now - (this.#othersWaitedAt.get(resource) ?? -Infinity);
      if (count > 0) {
        // Also for those who ask now and then and cannot listen: they are known to nobody.
        if (isLong) return PAUSE_MS;
        return sinceMs < MEMORY_MS && count % LONGEST_RUN === 0 ? PAUSE_MS : 0;
      }
      return Math.max(0, PAUSE_MS - sinceMs);
    });
    return Math.max(...pauses);
  }
}
