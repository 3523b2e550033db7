import {abortable, delay} from 'abort-controller-x';

/** Says whether this process is fit to lead. `signal` aborts when the answer is not waited for any more. */
export type HealthCheck = (signal: AbortSignal) => boolean | PromiseLike<boolean>;

export interface HealthOptions {
  readonly isHealthy: HealthCheck;
  readonly healthEveryMs: number;
  readonly healthTimeoutMs: number;
}

type Verdict = {readonly isGood: true} | {readonly isGood: false; readonly cause?: unknown};

/** The health of this process, as its user sees it. No answer, and an error, mean that it is not well. */
export class Health {
  readonly #options: HealthOptions;

  constructor(options: HealthOptions) {
    this.#options = options;
  }

  /** Asks now, and then now and then until the answer is good. Rejects when the signal aborts. */
  async untilGood(signal: AbortSignal): Promise<void> {
    for (;;) {
      const {isGood} = await this.#ask(signal);
      if (isGood) return;
      await delay(signal, this.#options.healthEveryMs);
    }
  }

  /** Asks now and then until the answer is not good, and resolves to the cause. Rejects when the signal aborts. */
  async untilBad(signal: AbortSignal): Promise<unknown> {
    for (;;) {
      await delay(signal, this.#options.healthEveryMs);
      const verdict = await this.#ask(signal);
      if (!verdict.isGood) return verdict.cause;
    }
  }

  async #ask(signal: AbortSignal): Promise<Verdict> {
    const {isHealthy, healthTimeoutMs} = this.#options;
    signal.throwIfAborted();
    const patience = new AbortController();
    const stop = (): void => patience.abort(signal.reason);
    signal.addEventListener('abort', stop);
    const late = `The health check did not answer within ${healthTimeoutMs} ms`;
    const timer = setTimeout(() => patience.abort(new Error(late)), healthTimeoutMs);
    try {
      const answer = (async () => isHealthy(patience.signal))();
      return {isGood: await abortable(patience.signal, answer)};
    } catch (error) {
      signal.throwIfAborted();
      return {isGood: false, cause: patience.signal.aborted ? patience.signal.reason : error};
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    }
  }
}
