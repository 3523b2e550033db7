import {onAbort, type Ending} from '../on-abort.js';
import {LONGEST_TIMER_MS} from '../longest-timer-ms.js';

/**
 * How long a caller is willing to wait: until a time limit, or until one of its signals aborts.
 *
 * Not `AbortSignal.any` or `AbortSignal.timeout`: on Node 20 a combined signal may be collected before it fires, and a
 * timer of theirs does not keep the process alive for the one who waits. Dispose of it, or timer and listeners stay.
 */
export class Patience implements Ending {
  /** Made when somebody wants a signal: most of those who stand in line never do, and it is the larger part of them. */
  #controller: AbortController | undefined;
  readonly #stops: (() => void)[];
  #isOver = false;
  #reason: unknown;
  #onEnd: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** `timedOut` makes the reason for the end when the time is over. */
  constructor(
    timeoutMs: number,
    timedOut: () => Error,
    signals: readonly (AbortSignal | undefined)[],
  ) {
    const given = signals.filter((signal) => signal !== undefined);
    this.#stops = given.map((signal) => onAbort(signal, () => this.#end(signal.reason)));
    for (const signal of given) if (signal.aborted) this.#end(signal.reason);
    if (timeoutMs <= LONGEST_TIMER_MS && !this.#isOver) {
      this.#timer = setTimeout(() => this.#end(timedOut()), timeoutMs);
    }
  }

  /** Aborts when the patience is at its end, with the reason for it. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#isOver) this.#controller.abort(this.#reason);
    return this.#controller.signal;
  }

  /** Whether it is at its end. */
  get aborted(): boolean {
    return this.#isOver;
  }

  /** What has put an end to it. */
  get reason(): unknown {
    return this.#reason;
  }

  onEnd(callback: () => void): () => void {
    this.#onEnd = callback;
    return () => {
      if (this.#onEnd === callback) this.#onEnd = undefined;
    };
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    for (const stop of this.#stops) stop();
  }

  #end(reason: unknown): void {
    if (this.#isOver) return;
    this[Symbol.dispose]();
    this.#isOver = true;
    this.#reason = reason;
    this.#onEnd?.();
    this.#controller?.abort(reason);
  }
}
