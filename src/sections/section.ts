import type {Lock} from '../lock.js';
import {ACQUIRE, type AcquireOptions, type Resource} from '../options.js';
import {checkOptions, typeError} from '../check.js';

/** What is done while the lock is held. */
export type Work<T> = (lock: Lock) => T | PromiseLike<T>;

/** What to do when somebody else holds the lock. */
export type IfBusy = 'wait' | 'skip';

/** What a section gives instead of a result when it was skipped; nothing when it cannot be. */
export type Skipped<Busy extends IfBusy> = 'skip' extends Busy ? undefined : never;

/** How a critical section obtains and holds its lock. What is left out is as the locker has it. */
export interface SectionOptions<Busy extends IfBusy = IfBusy> extends AcquireOptions {
  /**
   * What to do when somebody else holds the lock: `wait` up to `timeoutMs`, or `skip` the section, which then gives
   * `undefined` at once. Trouble with Redis is an error either way.
   *
   * @defaultValue "wait"
   */
  readonly ifBusy?: Busy | undefined;
}

/** What is locked for a call: always the same, or what a function makes of `this` and the arguments. */
export type ResourceOf<This, Args extends unknown[]> =
  | Resource
  | ((this: This, ...args: Args) => Resource);

/** That with what it takes left open: what a call gives it was compared where the two met. */
export type AnyResourceOf = Resource | ((this: never, ...args: never) => Resource);

const SECTION = [...ACQUIRE, 'ifBusy'];

/** Checks what only a section takes; the rest is checked where the lock is asked for. @throws {TypeError} */
export function checkSection(options: SectionOptions): void {
  checkOptions(options, SECTION);
  const {ifBusy = 'wait', timeoutMs} = options;
  if (ifBusy !== 'wait' && ifBusy !== 'skip') throw typeError('ifBusy', '"wait" or "skip"', ifBusy);
  if (ifBusy === 'skip' && timeoutMs !== undefined) {
    throw new TypeError(
      'Expected `timeoutMs` to be left out with `ifBusy: "skip"`, which never waits for others',
    );
  }
}
