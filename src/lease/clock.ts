/** The two clocks of a machine, in milliseconds. Neither is ever compared with a server's. */
export interface Clocks {
  /** Never goes back and is never set; may stand still while the machine is suspended. */
  monotonic(): number;
  /** The time of day; may be set forwards and backwards. */
  wall(): number;
}

// Beyond what whole milliseconds and the moment between two readings make of clocks that agree.
const STEP_MS = 5;

/**
 * A clock that shows at least as much time as has passed on either clock of the machine.
 *
 * It runs with the monotonic one and adds every forward step of the wall clock: a suspended machine, whose
 * monotonic clock stood still, wakes up to find its leases over; a wall clock that is set back changes nothing.
 */
export class Clock {
  readonly #clocks: Clocks;
  #steppedMs = 0;
  #apartMs: number;

  constructor(clocks: Clocks = {monotonic: () => performance.now(), wall: () => Date.now()}) {
    this.#clocks = clocks;
    this.#apartMs = clocks.wall() - clocks.monotonic();
  }

  /** By how much the wall clock has run ahead of the monotonic one so far, as far as `now` has seen it. */
  get steppedMs(): number {
    return this.#steppedMs;
  }

  now(): number {
    const monotonicMs = this.#clocks.monotonic();
    const apartMs = this.#clocks.wall() - monotonicMs;
    const stepMs = apartMs - this.#apartMs;
    if (stepMs > STEP_MS) this.#steppedMs += stepMs;
    if (stepMs > STEP_MS || stepMs < 0) this.#apartMs = apartMs;
    return monotonicMs + this.#steppedMs;
  }
}
