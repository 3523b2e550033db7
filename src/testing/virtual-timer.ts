/** What `setTimeout` returns while a virtual clock is installed. */
export class VirtualTimer implements Disposable {
  readonly #callback: () => void;
  readonly #ms: number;
  readonly #isRepeated: boolean;
  readonly #schedule: (ms: number, run: () => void) => () => void;
  #cancel: () => void;
  #isRef = true;

  constructor(
    callback: () => void,
    ms: number,
    isRepeated: boolean,
    schedule: (ms: number, run: () => void) => () => void,
  ) {
    this.#callback = callback;
    this.#ms = ms;
    this.#isRepeated = isRepeated;
    this.#schedule = schedule;
    this.#cancel = this.#start();
  }

  ref(): this {
    this.#isRef = true;
    return this;
  }

  unref(): this {
    this.#isRef = false;
    return this;
  }

  hasRef(): boolean {
    return this.#isRef;
  }

  refresh(): this {
    this.#cancel();
    this.#cancel = this.#start();
    return this;
  }

  close(): this {
    this.#cancel();
    return this;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #start(): () => void {
    return this.#schedule(this.#ms, () => {
      if (this.#isRepeated) this.#cancel = this.#start();
      this.#callback();
    });
  }
}
