import {delay} from 'abort-controller-x';

import type {Miss} from './attempt.js';
import {hear} from './hear.js';
import type {Bell, WakeUps} from './wake-ups.js';

// How long to sleep at most where nobody tells of a release.
const LONGEST_UNTOLD_MS = 100;
// How often in a row a vote may be split before it is taken for one that a holder is part of.
const MOST_SPLITS = 5;

/** The sleep of one waiter: it listens for releases from the first time it is worth while. */
export class Sleeper {
  readonly #wakeUps: WakeUps;
  readonly #names: {readonly channels: readonly string[]};
  readonly #random: () => number;
  #bell: Bell | undefined;
  #splits = 0;

  constructor(
    wakeUps: WakeUps,
    names: {readonly channels: readonly string[]},
    random: () => number,
  ) {
    this.#wakeUps = wakeUps;
    this.#names = names;
    this.#random = random;
  }

  /** Forgets what was told before: the nodes are about to be asked. */
  reset(): void {
    this.#bell?.reset();
  }

  /** Holds back for a moment, whatever is told. */
  pause(signal: AbortSignal, ms: number): Promise<void> {
    return delay(signal, ms);
  }

  /** Sleeps for `ms`, less when the lock is released, more when its holder goes on. Rejects when the signal aborts. */
  async sleep(signal: AbortSignal, ms: number, miss: Miss): Promise<void> {
    if (miss.kind === 'failed') return delay(signal, ms);
    const {waits} = miss;
    // Those who have taken the nodes from each other give them back at once; chance must part them, not a notice.
    this.#splits = waits.includes(0) ? this.#splits + 1 : 0;
    if (this.#splits > 0 && this.#splits <= MOST_SPLITS) return this.#partBySplits(signal);
    if (this.#bell === undefined) {
      this.#bell = await hear(signal, this.#wakeUps, this.#names.channels);
      // Who was released before we heard is found by asking once more, at once.
      if (this.#bell.isLive) return undefined;
    }
    const longestMs = this.#bell.isLive ? ms : Math.min(ms, LONGEST_UNTOLD_MS);
    await this.#bell.sleep(signal, longestMs, {waits});
    if (this.#splits > 0) await this.#partBySplits(signal);
  }

  [Symbol.dispose](): void {
    this.#bell?.[Symbol.dispose]();
  }

  #partBySplits(signal: AbortSignal): Promise<void> {
    const longestMs = 10 * 2 ** Math.min(this.#splits - 1, 2);
    return delay(signal, this.#random() * longestMs);
  }
}
