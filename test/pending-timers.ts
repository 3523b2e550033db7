/** Counts the timers that keep the process alive and are set by whom it watches, from now until it is disposed of. */
export class PendingTimers implements Disposable {
  readonly #setTimeout = globalThis.setTimeout;
  readonly #clearTimeout = globalThis.clearTimeout;
  readonly #pending = new Set<unknown>();

  constructor() {
    const set = (callback: (...args: unknown[]) => void, ms?: number, ...args: unknown[]) => {
      const timer = this.#setTimeout(() => {
        this.#pending.delete(timer);
        callback(...args);
      }, ms);
      this.#pending.add(timer);
      return timer;
    };
    const clear = (timer: NodeJS.Timeout | undefined): void => {
      this.#pending.delete(timer);
      this.#clearTimeout(timer);
    };
    globalThis.setTimeout = set as typeof globalThis.setTimeout;
    globalThis.clearTimeout = clear as typeof globalThis.clearTimeout;
  }

  get count(): number {
    return [...this.#pending].filter((timer) => (timer as NodeJS.Timeout).hasRef()).length;
  }

  [Symbol.dispose](): void {
    globalThis.setTimeout = this.#setTimeout;
    globalThis.clearTimeout = this.#clearTimeout;
  }
}
