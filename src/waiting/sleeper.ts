import {abortable, delay, race} from 'abort-controller-x';

import type {Miss} from './acquire.js';
import type {Bell, WakeUps} from './wake-ups.js';

// How long to sleep at most where nobody tells of a release.
const LONGEST_UNTOLD_MS = 500;
// How long to wait for a subscription before it is given up for this time.
const SUBSCRIBE_MS = 1000;

/** The sleep of one waiter: it listens for releases from the first time it is worth while. */
export class Sleeper {
  readonly #wakeUps: WakeUps;
  readonly #channels: readonly string[];
  #bell: Bell | undefined;

  constructor(wakeUps: WakeUps, channels: readonly string[]) {
    this.#wakeUps = wakeUps;
    this.#channels = channels;
  }

  /** Forgets what was told before: the nodes are about to be asked. */
  reset(): void {
    this.#bell?.reset();
  }

  /** Holds back for a moment, whatever is told. */
  async pause(signal: AbortSignal, ms: number): Promise<void> {
    if (ms > 0) await delay(signal, ms);
  }

  /** Sleeps for `ms`, or less when the lock is released. Rejects when the signal aborts. */
  async sleep(signal: AbortSignal, ms: number, miss: Miss): Promise<void> {
    if (miss.kind === 'failed' || miss.waitMs === 0) return delay(signal, ms);
    if (this.#bell === undefined) {
      this.#bell = await this.#listen(signal);
      // Who was released before we heard is found by asking once more, at once.
      if (this.#bell.isLive) return;
    }
    const {isLive} = this.#bell;
    await this.#bell.sleep(
      signal,
      isLive ? ms : Math.min(ms, LONGEST_UNTOLD_MS),
      miss.missing ?? 1,
    );
  }

  [Symbol.dispose](): void {
    this.#bell?.[Symbol.dispose]();
  }

  async #listen(signal: AbortSignal): Promise<Bell> {
    const bell = this.#wakeUps.hear(this.#channels);
    try {
      await race(signal, (inner) => [abortable(inner, bell.settled()), delay(inner, SUBSCRIBE_MS)]);
    } catch (error) {
      bell[Symbol.dispose]();
      throw error;
    }
    return bell;
  }
}
