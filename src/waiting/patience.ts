import {onAbort} from '../on-abort.js';

// The longest delay that a timer can hold; a longer one would fire at once.
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * How long a caller is willing to wait: until a time limit, or until one of its signals aborts.
 *
 * Not `AbortSignal.any` or `AbortSignal.timeout`: on Node 20 a combined signal may be collected before it fires, and a
 * timer of theirs does not keep the process alive for the one who waits. Dispose of it, or timer and listeners stay.
 */
export class Patience {
  readonly #controller = new AbortController();
  readonly #stops: (() => void)[];
  #timer: NodeJS.Timeout | undefined;

  /** `timedOut` makes the reason that `signal` aborts with when the time is over. */
  constructor(
    timeoutMs: number,
    timedOut: () => Error,
    signals: readonly (AbortSignal | undefined)[],
  ) {
    const given = signals.filter((signal) => signal !== undefined);
    this.#stops = given.map((signal) => onAbort(signal, () => this.#end(signal.reason)));
    for (const signal of given) if (signal.aborted) this.#end(signal.reason);
    if (timeoutMs <= LONGEST_TIMER_MS && !this.signal.aborted) {
      this.#timer = setTimeout(() => this.#end(timedOut()), timeoutMs);
    }
  }

  /** Aborts when the patience is at its end, with the reason for it. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    for (const stop of this.#stops) stop();
  }

  #end(reason: unknown): void {
    this[Symbol.dispose]();
    this.#controller.abort(reason);
  }
}
