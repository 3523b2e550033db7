import {typeError} from '../check.js';

/**
 * A standard decorator for methods whose `this` and first arguments are those that the resource is made of, and which
 * return a promise. A section that may be skipped needs a method that may give `undefined`.
 */
export type LockedMethod<KeyThis, KeyArgs extends unknown[], Skipped> = <
  This extends KeyThis,
  Args extends [...KeyArgs, ...unknown[]],
  T,
>(
  method: (this: This, ...args: Args) => Promise<T>,
  context: ClassMethodDecoratorContext<This, (this: This, ...args: Args) => Promise<T>>,
) => (this: This, ...args: Args) => Promise<T | Skipped>;

/** @throws {TypeError} when a decorator is given anything but a method, or is not called in the standard way. */
export function checkMethod(context: unknown): void {
  const expected = 'on a method, as a standard decorator and not with `experimentalDecorators`';
  const isContext = typeof context === 'object' && context !== null && 'kind' in context;
  if (!isContext) throw typeError('@locked', expected, context);
  if (context.kind !== 'method')
    throw new TypeError(`Expected \`@locked\` to be ${expected}, got a ${String(context.kind)}`);
}
