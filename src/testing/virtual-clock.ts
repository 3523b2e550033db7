import TinyQueue from 'tinyqueue';

import type {Clocks} from '../index.js';
import {VirtualTimer} from './virtual-timer.js';

/** Whose timers and messages something is: it may hold them back, or drop them. */
export interface Owner {
  /** How much faster its clock runs than the virtual one. */
  readonly rate: number;
  /** Whether this may happen now. If not, it is the owner's to see to it. */
  admits(happening: Happening): boolean;
}

/** What happens at some time. */
export interface Happening {
  at: number;
  order: number;
  isCalledOff: boolean;
  readonly owner: Owner | undefined;
  readonly run: () => void;
  /** Whether promises follow it, which must be waited for. */
  readonly isSilent: boolean;
}

export interface VirtualClockOptions {
  /** The time of day at the beginning, in milliseconds since 1970. @defaultValue that of 2026-01-01 */
  readonly startAt?: number;
}

// The real one, also while another is installed.
const {setImmediate: nextTurn} = globalThis;

/** Resolves when all that promises had to say has been said. */
const settled = (): Promise<void> => new Promise((resolve) => void nextTurn(resolve));

const earlier = (a: Happening, b: Happening): number => a.at - b.at || a.order - b.order;

/**
 * A time that passes only when it is told to, for tests that are to be quick and the same in each run.
 *
 * While it is installed, `setTimeout`, `setInterval`, `setImmediate`, `Date` and `performance.now` go by it, in the whole
 * process. What waits for something real, such as a socket or a file, is not waited for.
 */
export class VirtualClock implements Clocks, Disposable {
  readonly #startAt: number;
  readonly #happenings = new TinyQueue<Happening>([], earlier);
  readonly #pending = new Set<Happening>();
  #now = 0;
  #order = 0;
  #owner: Owner | undefined;
  #isRunning = false;
  #uninstall: (() => void) | undefined;

  constructor({startAt = Date.UTC(2026, 0, 1)}: VirtualClockOptions = {}) {
    this.#startAt = startAt;
  }

  /** Milliseconds since the beginning. */
  monotonic(): number {
    return this.#now;
  }

  /** The time of day in milliseconds since 1970. */
  wall(): number {
    return this.#startAt + this.#now;
  }

  /** How many timers and messages there are still to come. */
  get pendingCount(): number {
    return this.#pending.size;
  }

  /** Puts itself in the place of the timers and clocks of the process, until it is disposed of. Returns itself. */
  install(): this {
    if (this.#uninstall !== undefined) return this;
    const restores = Object.entries(this.#replacements()).map(([name, value]) =>
      replace(globalThis, name, value),
    );
    restores.push(replace(performance, 'now', () => this.monotonic()));
    this.#uninstall = () => {
      for (const restore of restores) restore();
    };
    return this;
  }

  /** Gives the process its own timers and clocks back. Those that were set meanwhile never come. */
  [Symbol.dispose](): void {
    this.#uninstall?.();
    this.#uninstall = undefined;
  }

  /** Lets so many milliseconds pass, with everything that happens in them. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await this.#run(() => (this.#happenings.peek()?.at ?? Infinity) <= end);
    this.#now = end;
  }

  /**
   * Lets time pass until a promise is settled, and passes on how.
   *
   * @throws {Error} when that is not within `withinMs`, or when nothing is left that could happen.
   */
  async until<T>(promise: PromiseLike<T>, withinMs: number = Infinity): Promise<T> {
    const end = this.#now + withinMs;
    let isSettled = false;
    const settle = (): void => {
      isSettled = true;
    };
    promise.then(settle, settle);
    await this.#run(() => !isSettled && (this.#happenings.peek()?.at ?? Infinity) <= end);
    if (isSettled) return promise;
    if (withinMs !== Infinity) throw new Error(`Not settled within ${withinMs} ms`);
    throw new Error('Nothing is left to happen, and the promise is not settled');
  }

  /** Resolves after so many milliseconds of this clock. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => void this.schedule(ms, resolve));
  }

  /** @internal Lets something happen after a while; what it returns calls that off. */
  schedule(
    ms: number,
    run: () => void,
    options: {owner?: Owner; isSilent?: boolean} = {},
  ): () => void {
    const {owner = this.#owner, isSilent = false} = options;
    const happening = {at: this.#now + ms, order: 0, isCalledOff: false, owner, run, isSilent};
    this.#add(happening);
    return () => {
      happening.isCalledOff = true;
      this.#pending.delete(happening);
    };
  }

  /** @internal Lets something happen at once that was held back. */
  resume(happening: Happening): void {
    happening.at = this.#now;
    if (!happening.isCalledOff) this.#add(happening);
  }

  #add(happening: Happening): void {
    happening.order = this.#order;
    this.#order += 1;
    this.#pending.add(happening);
    this.#happenings.push(happening);
  }

  async #run(isToGoOn: () => boolean): Promise<void> {
    if (this.#isRunning) throw new Error('The virtual clock is being advanced already');
    this.#isRunning = true;
    try {
      await settled();
      while (isToGoOn()) {
        const happening = this.#happenings.pop();
        if (happening === undefined) return;
        if (this.#pending.delete(happening)) await this.#happen(happening);
      }
    } finally {
      this.#isRunning = false;
    }
  }

  async #happen(happening: Happening): Promise<void> {
    this.#now = Math.max(this.#now, happening.at);
    const {owner, run, isSilent} = happening;
    if (owner?.admits(happening) === false) return;
    this.#owner = owner;
    try {
      run();
      // All that follows belongs to the same owner.
      if (!isSilent) await settled();
    } finally {
      this.#owner = undefined;
    }
  }

  #replacements(): Record<string, unknown> {
    const start = (callback: () => void, ms: number, isRepeated: boolean): VirtualTimer =>
      new VirtualTimer(callback, ms, isRepeated, (afterMs, run) =>
        this.schedule(afterMs / (this.#owner?.rate ?? 1), run),
      );
    type Callback = (...args: readonly unknown[]) => void;
    return {
      setTimeout: (callback: Callback, ms?: number, ...args: readonly unknown[]) =>
        start(() => callback(...args), atLeastOne(ms), false),
      setInterval: (callback: Callback, ms?: number, ...args: readonly unknown[]) =>
        start(() => callback(...args), atLeastOne(ms), true),
      setImmediate: (callback: Callback, ...args: readonly unknown[]) =>
        start(() => callback(...args), 0, false),
      clearTimeout: stop,
      clearInterval: stop,
      clearImmediate: stop,
      Date: virtualDate(() => this.wall()),
    };
  }
}

function stop(timer: unknown): void {
  if (timer instanceof VirtualTimer) timer.close();
}

/** What real timers make of a time: they know no shorter one, and take one that is too long for the shortest. */
const atLeastOne = (ms = 1): number => (ms >= 1 && ms < 2 ** 31 ? Math.trunc(ms) : 1);

/** `Date`, for which it is always `now`. */
const virtualDate = (now: () => number): DateConstructor =>
  new Proxy(Date, {
    construct: (target, args: unknown[], newTarget): Date =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
    apply: (target) => new target(now()).toString(),
    get: (target, name, receiver) =>
      name === 'now' ? now : (Reflect.get(target, name, receiver) as unknown),
  });

/** Puts a value in the place of another; what it returns puts that back. */
function replace(object: object, name: string, value: unknown): () => void {
  const own = Object.getOwnPropertyDescriptor(object, name);
  Object.defineProperty(object, name, {
    value,
    configurable: true,
    writable: true,
    enumerable: own?.enumerable ?? false,
  });
  return () => {
    if (own === undefined) Reflect.deleteProperty(object, name);
    else Object.defineProperty(object, name, own);
  };
}
