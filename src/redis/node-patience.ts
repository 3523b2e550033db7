// One that goes on answering others is given so many times the time.
const LONGEST_FACTOR = 5;

/** What is known of a node that is waited for. */
export interface Watched {
  /** The time on the locker's clock. */
  now(): number;
  /** When the node answered anything last. */
  readonly heardAt: number;
}

/**
 * How long an answer of a node is waited for, once it is asked: until the node has been silent for `timeoutMs`.
 *
 * A node that has just answered somebody else is not down: the answer stands in line, there or in this busy process.
 */
export class NodePatience {
  readonly #timeoutMs: number;
  readonly #node: Watched;
  readonly #onGiveUp: (cause: Error) => void;
  readonly #sentAt: number;
  #silentSince: number;
  #timer: NodeJS.Timeout | undefined;

  /** `onGiveUp` is called at most once, and not after `end`. */
  constructor(timeoutMs: number, node: Watched, onGiveUp: (cause: Error) => void) {
    this.#timeoutMs = timeoutMs;
    this.#node = node;
    this.#onGiveUp = onGiveUp;
    this.#sentAt = node.now();
    this.#silentSince = this.#sentAt;
    this.#startTimer(timeoutMs);
  }

  /** The answer has come. */
  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #check(): void {
    const now = this.#node.now();
    const {heardAt} = this.#node;
    const isLong = now - this.#sentAt >= LONGEST_FACTOR * this.#timeoutMs;
    if (heardAt > this.#silentSince && !isLong) {
      this.#silentSince = heardAt;
      this.#startTimer(this.#timeoutMs - (now - heardAt));
      return;
    }
    // Timers come before sockets in a turn: after a busy one the answer may lie there unread.
    setImmediate(() => {
      if (this.#timer === undefined) return;
      this.end();
      this.#onGiveUp(new Error(`no answer within ${this.#timeoutMs} ms`));
    });
  }

  #startTimer(ms: number): void {
    this.#timer = setTimeout(() => this.#check(), ms);
  }
}
