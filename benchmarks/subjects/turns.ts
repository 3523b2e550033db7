import {Deferred} from '../../test/deferred.js';

/** Turns of one process: first come, first served. */
export class Turns {
  readonly #last = new Map<string, Promise<void>>();

  /** Resolves when it is the caller's turn, to the function that ends it. */
  async take(resource: string): Promise<() => void> {
    const before = this.#last.get(resource);
    const turn = new Deferred<void>();
    this.#last.set(resource, turn.promise);
    await before;
    return () => {
      if (this.#last.get(resource) === turn.promise) this.#last.delete(resource);
      turn.resolve();
    };
  }
}
