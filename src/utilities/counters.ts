import type {SupportedClient} from '../redis/client-of.js';
import * as generated from '../redis/scripts.generated.js';
import {Arguments, safeIntegers} from './arguments.js';
import {integersOf} from './replies.js';
import {run} from './run.js';

/** What `counterWithReset` counted to. */
export interface CounterResult {
  /** The value that is stored now. */
  readonly value: number;
  /** Whether this was the call that reached the threshold. */
  readonly reset: boolean;
}

/**
 * Adds `by` to a counter, but never beyond `max`, and resolves to the new value. An absent counter counts as 0.
 *
 * There is no lower limit; a stored value above `max` comes down to it. The time to live stays, and none is added.
 *
 * @param by a safe integer, 0 and negative ones included.
 * @param max a safe integer.
 * @throws {TypeError} when an argument has a wrong type.
 * @throws {RangeError} when `key` is empty, or a number is no safe integer.
 * @throws {ScriptError} when the server answers with an error, and nothing has changed: `NOTINTEGER` when the stored
 * text is not a safe integer in plain digits, `OVERFLOW` when the result would be below the safe integers, `WRONGTYPE`
 * when the key is no string.
 */
export async function incrementWithLimit(
  client: SupportedClient,
  key: string,
  by: number,
  max: number,
): Promise<number> {
  const check = new Arguments('incrementWithLimit');
  check.name('key', key);
  check.integer('by', by, safeIntegers);
  check.integer('max', max, safeIntegers);

  const args = [String(by), String(max)];
  return Number(await run('incrementWithLimit', generated.incrementWithLimit, {client, key, args}));
}

/**
 * Adds 1 to a counter, and starts over at `resetTo` when that reaches `threshold`. An absent counter counts as 0.
 *
 * Of `threshold - resetTo` calls exactly one has `reset: true`, however many race. The time to live stays, also over a
 * reset.
 *
 * @param threshold a safe integer; it is never stored itself.
 * @param resetTo a safe integer below `threshold`. Default: 0.
 * @throws {TypeError} when an argument has a wrong type.
 * @throws {RangeError} when `key` is empty, a number is no safe integer, or `resetTo` is not below `threshold`.
 * @throws {ScriptError} when the server answers with an error, and nothing has changed: `NOTINTEGER` when the stored
 * text is not a safe integer in plain digits, `WRONGTYPE` when the key is no string.
 */
export async function counterWithReset(
  client: SupportedClient,
  key: string,
  threshold: number,
  resetTo: number = 0,
): Promise<CounterResult> {
  const check = new Arguments('counterWithReset');
  check.name('key', key);
  check.integer('threshold', threshold, safeIntegers);
  check.integer('resetTo', resetTo, safeIntegers);
  if (resetTo >= threshold) check.refuse('resetTo', `below threshold, ${threshold}`, resetTo);

  const args = [String(threshold), String(resetTo)];
  const reply = await run('counterWithReset', generated.counterWithReset, {client, key, args});
  const [value = Number.NaN, reset] = integersOf(reply);
  return {value, reset: reset === 1};
}
