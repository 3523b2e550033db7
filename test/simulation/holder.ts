import {Clock} from '#internal/lease/clock.js';
import type {Lock} from 'holdfast';
import type {Machine} from 'holdfast/testing';

/** One who holds, or held, a lock: what it believes by its own clock. */
export class Holder {
  readonly lock: Lock;
  readonly #clock: Clock;
  #deadline = -Infinity;
  #hasEnded = false;
  #signalled = false;

  constructor(
    /** For people. */
    readonly name: string,
    readonly resource: string,
    readonly machine: Machine,
    lock: Lock,
    /** When its command was sent first. */
    readonly sentAt: number,
    readonly acquiredAt: number,
  ) {
    this.lock = lock;
    this.#clock = new Clock(machine.clocks);
    this.#look();
    lock.signal.addEventListener('abort', () => {
      this.#signalled = true;
      this.#hasEnded = true;
    });
    // Also what the heartbeat extends.
    const extend = lock.extend.bind(lock);
    Object.defineProperty(lock, 'extend', {
      value: async (ttlMs?: number) => {
        try {
          await extend(ttlMs);
        } finally {
          this.#look();
        }
      },
    });
  }

  get fence(): number {
    return this.lock.fence;
  }

  /** Whether it would say now that it holds, if it were asked. */
  get believes(): boolean {
    return !this.#hasEnded && this.#clock.now() < this.#deadline;
  }

  /** Whether it may go on for its signal's sake. */
  get isUnwarned(): boolean {
    return !this.#hasEnded && !this.#signalled;
  }

  async release(): Promise<void> {
    this.#hasEnded = true;
    await this.lock.release();
  }

  /** In its own turn. */
  #look(): void {
    this.#deadline = this.#clock.now() + this.lock.remainingMs;
    if (!this.lock.isHeld) this.#hasEnded = true;
  }
}
