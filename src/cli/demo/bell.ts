interface Waiter {
  readonly isDue: () => boolean;
  readonly wake: () => void;
}

/** Wakes those who wait for a condition; ring it whenever something may have changed. */
export class Bell {
  readonly #waiters = new Set<Waiter>();

  ring(): void {
    for (const waiter of this.#waiters) if (waiter.isDue()) waiter.wake();
  }

  /** Resolves once there is a value; rejects with the signal's reason when that aborts before. */
  until<T>(signal: AbortSignal, find: () => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      let found = find();
      const onAbort = (): void => {
        this.#waiters.delete(waiter);
        reject(signal.reason);
      };
      const waiter: Waiter = {
        isDue: () => (found = find()) !== undefined,
        wake: () => {
          this.#waiters.delete(waiter);
          signal.removeEventListener('abort', onAbort);
          if (found !== undefined) resolve(found);
        },
      };
      if (found !== undefined) {
        resolve(found);
        return;
      }
      this.#waiters.add(waiter);
      signal.addEventListener('abort', onAbort, {once: true});
    });
  }
}
