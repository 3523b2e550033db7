// One that goes on answering others is given so many times the time.
const LONGEST_FACTOR = 5;

/**
 * How long one answer of a node is waited for: until the node has been silent for `timeoutMs`.
 *
 * A node that has just answered somebody else is not down: the answer stands in line, there or in this busy process.
 */
export class NodePatience {
  readonly #timeoutMs: number;
  readonly #heardAt: () => number;
  readonly #onGiveUp: (cause: unknown) => void;
  #sentAt = Infinity;
  #silentSince = Infinity;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  /** `heardAt` says when the node answered anything last, `onGiveUp` is called at most once. */
  constructor(timeoutMs: number, heardAt: () => number, onGiveUp: (cause: unknown) => void) {
    this.#timeoutMs = timeoutMs;
    this.#heardAt = heardAt;
    this.#onGiveUp = onGiveUp;
  }

  /** The question is sent. */
  start(): void {
    this.#sentAt = performance.now();
    this.#silentSince = this.#sentAt;
    this.#startTimer(this.#timeoutMs);
  }

  /** Whether the answer has come, or is not waited for any more. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** The answer has come. */
  end(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }

  giveUp(cause: unknown): void {
    if (this.#isOver) return;
    this.end();
    this.#onGiveUp(cause);
  }

  #check(): void {
    const now = performance.now();
    const heardAt = this.#heardAt();
    const isLong = now - this.#sentAt >= LONGEST_FACTOR * this.#timeoutMs;
    if (heardAt > this.#silentSince && !isLong) {
      this.#silentSince = heardAt;
      this.#startTimer(this.#timeoutMs - (now - heardAt));
      return;
    }
    // Timers come before sockets in a turn: after a busy one the answer may lie there unread.
    setImmediate(() => this.giveUp(new Error(`no answer within ${this.#timeoutMs} ms`)));
  }

  #startTimer(ms: number): void {
    this.#timer = setTimeout(() => this.#check(), ms);
  }
}
