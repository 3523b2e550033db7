import type {Clocks} from '../index.js';

export interface SkewedClockOptions {
  /** How much faster it runs than the clock behind it: 1.001 gains a millisecond in each second. @defaultValue 1 */
  readonly rate?: number;
  /** How far its time of day is ahead, in milliseconds. @defaultValue 0 */
  readonly aheadMs?: number;
}

/** The clocks of one machine, which run by another clock but not exactly. */
export class SkewedClock implements Clocks {
  readonly #source: Clocks;
  #rate: number;
  #aheadMs: number;
  /** When the rate was set, on both clocks. */
  #since: {readonly source: number; readonly own: number};
  readonly #wallStart: number;

  constructor(source: Clocks, {rate = 1, aheadMs = 0}: SkewedClockOptions = {}) {
    this.#source = source;
    this.#rate = rate;
    this.#aheadMs = aheadMs;
    const now = source.monotonic();
    this.#since = {source: now, own: now};
    this.#wallStart = source.wall() - now;
  }

  get rate(): number {
    return this.#rate;
  }

  set rate(rate: number) {
    this.#since = {source: this.#source.monotonic(), own: this.monotonic()};
    this.#rate = rate;
  }

  monotonic(): number {
    const {source, own} = this.#since;
    return own + (this.#source.monotonic() - source) * this.#rate;
  }

  wall(): number {
    return this.#wallStart + this.monotonic() + this.#aheadMs;
  }

  /** Sets the time of day forwards, or backwards where `ms` is below 0. The monotonic clock does not notice. */
  step(ms: number): void {
    this.#aheadMs += ms;
  }
}
