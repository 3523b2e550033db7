import {typeError} from '../check.js';
import type {Lock} from '../lock.js';
import type {AcquireOptions, Resource, TryAcquireOptions} from '../options.js';
import {checkSection, type AnyResourceOf, type SectionOptions, type Work} from './section.js';

/** Where sections get their locks. */
export interface Locks {
  acquire(resource: Resource, options: AcquireOptions): Promise<Lock>;
  tryAcquire(resource: Resource, options: TryAcquireOptions): Promise<Lock | undefined>;
}

/** Critical sections: work that runs while a lock is held, and tells how both ended. */
export class Sections {
  readonly #locks: Locks;

  constructor(locks: Locks) {
    this.#locks = locks;
  }

  /** Runs `work` while the lock is held; `undefined` when it was skipped. */
  async run<T>(resource: Resource, options: SectionOptions, work: Work<T>): Promise<T | undefined> {
    if (typeof work !== 'function') throw typeError('work', 'a function', work);
    checkSection(options);
    const lock = await this.#obtain(resource, options);
    if (lock === undefined) return undefined;
    let result: T;
    try {
      result = await work(lock);
    } catch (error) {
      await lock.release();
      throw error;
    }
    await lock[Symbol.asyncDispose]();
    return result;
  }

  /** A function that is called as `fn` is, and runs it as a section. */
  wrap<This, Args extends unknown[], T>(
    resource: AnyResourceOf,
    fn: (this: This, ...args: Args) => T | PromiseLike<T>,
    options: SectionOptions,
  ): (this: This, ...args: Args) => Promise<T | undefined> {
    if (typeof fn !== 'function') throw typeError('fn', 'a function', fn);
    checkSection(options);
    const run = (name: Resource, work: Work<T>): Promise<T | undefined> =>
      this.run(name, options, work);
    async function wrapped(this: This, ...args: Args): Promise<T | undefined> {
      const name = typeof resource === 'function' ? Reflect.apply(resource, this, args) : resource;
      return run(name, () => fn.apply(this, args));
    }
    for (const property of ['name', 'length'] as const) {
      Object.defineProperty(wrapped, property, {value: fn[property], configurable: true});
    }
    return wrapped;
  }

  #obtain(
    resource: Resource,
    {ifBusy, timeoutMs, ...options}: SectionOptions,
  ): Promise<Lock | undefined> {
    return ifBusy === 'skip'
      ? this.#locks.tryAcquire(resource, options)
      : this.#locks.acquire(resource, {...options, timeoutMs});
  }
}
