/** Something that is held for a while, as a lock is. */
export interface Tenure {
  /** Aborts when it is over before its time. */
  readonly signal: AbortSignal;
  /** For how many milliseconds it still holds if nothing prolongs it. */
  readonly remainingMs: number;
}

/** Says that a tenure is over, and ahead of time that it is about to be. */
export class LeaseWatch {
  readonly #tenure: Tenure;
  readonly #marginMs: number;
  readonly #onEnd: (why: string) => void;
  #timer: NodeJS.Timeout | undefined;
  #why: string | undefined;
  readonly #onAbort = (): void => this.check();

  /** Calls `onEnd` once: when the tenure is over, or less than `marginMs` is left of it. */
  constructor(tenure: Tenure, marginMs: number, onEnd: (why: string) => void) {
    this.#tenure = tenure;
    this.#marginMs = marginMs;
    this.#onEnd = onEnd;
    tenure.signal.addEventListener('abort', this.#onAbort);
    this.check();
  }

  /** Why it is over; undefined while it is not. */
  get why(): string | undefined {
    return this.#why;
  }

  /** Looks at the clock now. To be called when the process may have been stopped. */
  check(): void {
    if (this.#why !== undefined) return;
    clearTimeout(this.#timer);
    // First: reading the clock may abort the signal.
    const leftMs = this.#tenure.remainingMs - this.#marginMs;
    const {aborted, reason} = this.#tenure.signal;
    if (this.#why !== undefined) return;
    if (aborted) this.#end(reason instanceof Error ? reason.message : String(reason));
    else if (leftMs <= 0) this.#end('It could not be extended, and little time is left');
    else this.#timer = setTimeout(() => this.check(), Math.ceil(leftMs));
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#tenure.signal.removeEventListener('abort', this.#onAbort);
  }

  #end(why: string): void {
    this.#why = why;
    this.#onEnd(why);
  }
}
