import {Link, type LinkOptions} from './link.js';
import type {MemoryRedis} from './memory-redis.js';
import {SkewedClock, type SkewedClockOptions} from './skewed-clock.js';
import type {Happening, Owner, VirtualClock} from './virtual-clock.js';

/**
 * A process on a machine of its own: with clocks that may be wrong, and which can be frozen or killed.
 *
 * What it does must be begun with `run`, and reach the nodes by links of its own: then its timers and messages are known
 * for its.
 */
export class Machine implements Owner {
  readonly #clock: VirtualClock;
  /** For `LockerOptions.clocks`. */
  readonly clocks: SkewedClock;
  #state: 'running' | 'frozen' | 'killed' = 'running';
  readonly #links: Link[] = [];
  #heldBack: Happening[] = [];

  /** `clock` must be installed. */
  constructor(clock: VirtualClock, options?: SkewedClockOptions) {
    this.#clock = clock;
    this.clocks = new SkewedClock(clock, options);
  }

  /** @internal */
  get rate(): number {
    return this.clocks.rate;
  }

  get isRunning(): boolean {
    return this.#state === 'running';
  }

  /** Does something in this process, as soon as time goes on. */
  run<T>(work: () => T | PromiseLike<T>): Promise<T> {
    const begun = new Promise<void>((resolve) => {
      this.#clock.schedule(0, resolve, {owner: this});
    });
    return begun.then(work);
  }

  /** Resolves after so many milliseconds on its clock, and not while it is frozen. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#clock.schedule(ms / this.rate, resolve, {owner: this});
    });
  }

  /** A way to a node from this machine. */
  connect(redis: MemoryRedis, options?: LinkOptions): Link {
    const link = new Link(this.#clock, this, redis, options);
    this.#links.push(link);
    return link;
  }

  /** Stops it as SIGSTOP does, while its clocks go on. What comes to it waits. */
  freeze(): void {
    if (this.#state === 'running') this.#state = 'frozen';
  }

  /** Lets it go on, with all that has come meanwhile. */
  thaw(): void {
    if (this.#state !== 'frozen') return;
    this.#state = 'running';
    const heldBack = this.#heldBack;
    this.#heldBack = [];
    for (const happening of heldBack) this.#clock.resume(happening);
  }

  /** Ends it for good. What it sent before is on its way. */
  kill(): void {
    this.#state = 'killed';
    this.#heldBack = [];
    for (const link of this.#links) link.end();
  }

  /** @internal */
  admits(happening: Happening): boolean {
    if (this.#state === 'frozen') this.#heldBack.push(happening);
    return this.#state === 'running';
  }
}
