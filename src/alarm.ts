/**
 * A timer that is set and put off all the time, and seldom rings.
 *
 * To set and clear a timer of Node costs about as much as all the rest that is done for a lock. So one that is put off or
 * switched off stays where it is, without keeping the process alive; when it is up, it looks what it was put off to.
 */
export class Alarm {
  readonly #now: () => number;
  readonly #onRing: (at: number) => void;
  #at = Infinity;
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Infinity;

  /** `now` is the clock that the times are on, in milliseconds. `onRing` is told for when it was set. */
  constructor(now: () => number, onRing: (at: number) => void) {
    this.#now = now;
    this.#onRing = onRing;
  }

  /** When it rings; `Infinity` when it does not. */
  get at(): number {
    return this.#at;
  }

  /** Lets it ring once, at that time and at no other; `Infinity` switches it off. */
  set(at: number): void {
    this.#at = at;
    if (at === Infinity) this.#timer?.unref();
    else if (this.#timerAt <= at) this.#timer?.ref();
    else this.#start();
  }

  /** Switches it off for good. */
  end(): void {
    this.#at = Infinity;
    this.#timerAt = Infinity;
    clearTimeout(this.#timer);
  }

  #start(): void {
    clearTimeout(this.#timer);
    this.#timerAt = this.#at;
    this.#timer = setTimeout(this.#look, Math.max(0, Math.ceil(this.#at - this.#now())));
  }

  readonly #look = (): void => {
    this.#timerAt = Infinity;
    this.#timer = undefined;
    if (this.#at === Infinity) return;
    if (this.#at > this.#now()) {
      this.#start();
      return;
    }
    const at = this.#at;
    this.#at = Infinity;
    this.#onRing(at);
  };
}
