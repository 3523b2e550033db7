/** One listener on a signal, and all who wait for it. */
class Gathering {
  readonly #callbacks = new Set<() => void>();
  readonly #signal: AbortSignal;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener('abort', this);
  }

  add(callback: () => void): () => void {
    this.#callbacks.add(callback);
    return () => {
      this.#callbacks.delete(callback);
      if (this.#callbacks.size === 0) this.#end();
    };
  }

  handleEvent(): void {
    this.#end();
    for (const callback of this.#callbacks) callback();
  }

  #end(): void {
    this.#signal.removeEventListener('abort', this);
    if (gatherings.get(this.#signal) === this) gatherings.delete(this.#signal);
  }
}

/** What may come to an end like a signal, for far less memory than one. */
export interface Ending {
  readonly aborted: boolean;
  readonly reason: unknown;
  /** Calls back at the end, until the returned function is called. One may wait for it at a time. */
  onEnd(callback: () => void): () => void;
}

const gatherings = new WeakMap<AbortSignal, Gathering>();

/**
 * Calls back when the signal aborts, until the returned function is called.
 *
 * However many wait for one signal, it carries a single listener, so thousands of tasks may share it. Each call needs
 * a callback of its own.
 */
export function onAbort(signal: AbortSignal | Ending, callback: () => void): () => void {
  if ('onEnd' in signal) return signal.onEnd(callback);
  let gathering = gatherings.get(signal);
  if (gathering === undefined) {
    gathering = new Gathering(signal);
    gatherings.set(signal, gathering);
  }
  return gathering.add(callback);
}
