import {typeError} from '../check.js';
import {SelfDeadlockError} from '../errors.js';
import type {Lock} from '../lock.js';
import type {AcquireOptions, Resource, TryAcquireOptions} from '../options.js';
import {Nesting} from './nesting.js';
import type {AnyResourceOf, Section, Work} from './section.js';

/** Where sections get their locks. */
export interface Locks {
  acquire(resource: Resource, options: AcquireOptions): Promise<Lock>;
  tryAcquire(resource: Resource, options: TryAcquireOptions): Promise<Lock | undefined>;
}

/** Critical sections: work that runs while a lock is held, and tells how both ended. */
export class Sections {
  readonly #locks: Locks;
  readonly #nesting = new Nesting();

  constructor(locks: Locks) {
    this.#locks = locks;
  }

  /** Runs `work` while the lock is held; `undefined` when it was skipped. */
  async run<T>(resource: Resource, section: Section, work: Work<T>): Promise<T | undefined> {
    const outer = this.#nesting.lockOn(resource);
    if (outer !== undefined && mayEnter(outer, resource, section)) {
      return within(outer, section, work);
    }
    const lock = await this.#obtain(resource, section);
    if (lock === undefined) return undefined;
    let result: T;
    try {
      result = await (section.isReentrant ? this.#nesting.enter(lock, work) : work(lock));
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
    section: Section,
  ): (this: This, ...args: Args) => Promise<T | undefined> {
    if (typeof fn !== 'function') throw typeError('fn', 'a function', fn);
    const run = (name: Resource, work: Work<T>): Promise<T | undefined> =>
      this.run(name, section, work);
    async function wrapped(this: This, ...args: Args): Promise<T | undefined> {
      const name = typeof resource === 'function' ? Reflect.apply(resource, this, args) : resource;
      return run(name, () => fn.apply(this, args));
    }
    for (const property of ['name', 'length'] as const) {
      Object.defineProperty(wrapped, property, {value: fn[property], configurable: true});
    }
    return wrapped;
  }

  #obtain(resource: Resource, {isSkippedIfBusy, options}: Section): Promise<Lock | undefined> {
    if (!isSkippedIfBusy) return this.#locks.acquire(resource, options);
    const {timeoutMs: _, ...once} = options;
    return this.#locks.tryAcquire(resource, once);
  }
}

/**
 * Whether a flow that holds a lock on some of this may go on with that lock.
 *
 * @throws {SelfDeadlockError} when it would wait for itself.
 */
function mayEnter(outer: Lock, resource: Resource, section: Section): boolean {
  const wanted = [resource].flat();
  const held = wanted.filter((name) => outer.resources.includes(name));
  if (section.isReentrant && held.length === wanted.length) return true;
  if (section.isSkippedIfBusy) return false;
  throw new SelfDeadlockError(held);
}

/** Runs `work` with the lock of a section around it, which will release it. */
async function within<T>(outer: Lock, {options}: Section, work: Work<T>): Promise<T> {
  options.signal?.throwIfAborted();
  const result = await work(outer);
  outer.assertHeld();
  return result;
}
