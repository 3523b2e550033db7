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

  /**
   * Whether sections within this one may enter it again. A section of the same locker on the same resources, or on some
   * of them, in the same async flow, that says so too, then begins at once with the same lock, sends nothing, and leaves
   * the release to the outermost. One that does not say so throws a {@link SelfDeadlockError} instead of waiting for
   * itself.
   *
   * @defaultValue false
   */
  readonly reentrant?: boolean | undefined;
}

/** What is locked for a call: always the same, or what a function makes of `this` and the arguments. */
export type ResourceOf<This, Args extends unknown[]> =
  | Resource
  | ((this: This, ...args: Args) => Resource);

/** That with what it takes left open: what a call gives it was compared where the two met. */
export type AnyResourceOf = Resource | ((this: never, ...args: never) => Resource);

const SECTION = [...ACQUIRE, 'ifBusy', 'reentrant'];

/** The options of a section, checked as far as they are its own. The rest is checked where the lock is asked for. */
export interface Section {
  readonly isSkippedIfBusy: boolean;
  readonly isReentrant: boolean;
  readonly options: AcquireOptions;
}

/** Checks what only a section takes. @throws {TypeError} */
export function resolveSection(given: SectionOptions): Section {
  checkOptions(given, SECTION);
  const {ifBusy = 'wait', reentrant = false, ...options} = given;
  if (ifBusy !== 'wait' && ifBusy !== 'skip') throw typeError('ifBusy', '"wait" or "skip"', ifBusy);
  if (typeof reentrant !== 'boolean') throw typeError('reentrant', 'true or false', reentrant);
  const isSkippedIfBusy = ifBusy === 'skip';
  if (isSkippedIfBusy && options.timeoutMs !== undefined) {
    throw new TypeError(
      'Expected `timeoutMs` to be left out with `ifBusy: "skip"`, which never waits for others',
    );
  }
  return {isSkippedIfBusy, isReentrant: reentrant, options};
}
