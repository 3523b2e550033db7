/** Counts what is under way, for one who must see it out. */
export class UnderWay {
  #count = 0;
  #onEmpty: (() => void) | undefined;

  begin(): void {
    this.#count += 1;
  }

  end(): void {
    this.#count -= 1;
    if (this.#count === 0) this.#onEmpty?.();
  }

  /** Counts one thing until it has ended, well or not, and passes on how. */
  async during<T>(thing: Promise<T>): Promise<T> {
    this.begin();
    try {
      return await thing;
    } finally {
      this.end();
    }
  }

  /** Resolves once nothing is under way, nor started in the turn in which the last of it ended. */
  async idle(): Promise<void> {
    await nextTurn();
    while (this.#count > 0) {
      await new Promise<void>((resolve) => {
        this.#onEmpty = resolve;
      });
      await nextTurn();
    }
  }
}

const nextTurn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
