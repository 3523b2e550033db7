import {Bag, type Bagged} from './bag.js';

/** One who waits for a signal. */
interface Listener extends Bagged {
  /** Undefined once it has stopped. */
  callback: (() => void) | undefined;
}

/** One listener on a signal, and all who wait for it. */
class Gathering {
  readonly #listeners = new Bag<Listener>();
  readonly #signal: AbortSignal;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener('abort', this);
  }

  add(callback: () => void): () => void {
    const listener: Listener = {callback, place: -1};
    this.#listeners.add(listener);
    return () => {
      listener.callback = undefined;
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#end();
    };
  }

  handleEvent(): void {
    this.#end();
    for (const {callback} of this.#listeners.takeAll()) callback?.();
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
 * However many wait for one signal, it carries a single listener, so thousands of tasks may share it.
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
