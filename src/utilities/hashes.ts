import type {SupportedClient} from '../redis/client-of.js';
import * as generated from '../redis/scripts.generated.js';
import {Arguments, safeIntegers} from './arguments.js';
import {isYes, textOf} from './replies.js';
import {run, send} from './run.js';

/** Where `hashIncrWithBounds` keeps a number: both safe integers, `min` not above `max`. */
export interface Bounds {
  readonly min: number;
  readonly max: number;
}

/**
 * Adds `delta` to a field, brings the result into the bounds, and resolves to it. An absent field counts as 0.
 *
 * The result is always stored. Other fields, the time to live of the key and that of the field stay.
 *
 * @param delta a safe integer, 0 and negative ones included.
 * @throws {TypeError} when an argument has a wrong type.
 * @throws {RangeError} when `key` is empty, a number is no safe integer, or `min` is above `max`.
 * @throws {ScriptError} when the server answers with an error, and nothing has changed: `NOTINTEGER` when the stored
 * text is not a safe integer in plain digits, `WRONGTYPE` when the key is no hash.
 */
export async function hashIncrWithBounds(
  client: SupportedClient,
  key: string,
  field: string,
  delta: number,
  bounds: Bounds,
): Promise<number> {
  const check = new Arguments('hashIncrWithBounds');
  check.name('key', key);
  check.text('field', field);
  check.integer('delta', delta, safeIntegers);
  check.object('bounds', bounds);
  const {min, max} = bounds;
  check.integer('min', min, safeIntegers);
  check.integer('max', max, safeIntegers);
  if (min > max) check.refuse('min', `at most max, ${max}`, min);

  const args = [field, String(delta), String(min), String(max)];
  return Number(await run('hashIncrWithBounds', generated.hashIncrWithBounds, {client, key, args}));
}

/**
 * Stores a number in a field if it is greater than the one there, or if there is none: true when it is stored.
 *
 * Numbers are compared, never text. The value is stored as `String(value)`. Storing it drops the field's own time to
 * live, where there is such a thing; that of the key stays.
 *
 * @param value any finite number.
 * @throws {TypeError} when an argument has a wrong type.
 * @throws {RangeError} when `key` is empty, or `value` is NaN or infinite.
 * @throws {ScriptError} when the server answers with an error, and nothing has changed: `NOTNUMBER` when the stored
 * text is not a finite decimal number, `WRONGTYPE` when the key is no hash.
 */
export async function hashSetIfGreater(
  client: SupportedClient,
  key: string,
  field: string,
  value: number,
): Promise<boolean> {
  const check = new Arguments('hashSetIfGreater');
  check.name('key', key);
  check.text('field', field);
  check.finite('value', value);

  const args = [field, String(value)];
  return isYes(await run('hashSetIfGreater', generated.hashSetIfGreater, {client, key, args}));
}

/**
 * Reads the fields of `defaults`; one that is not stored has its default. Nothing is written.
 *
 * The result has exactly the fields of `defaults`. A stored value wins, also an empty one. Without fields no command is
 * sent. This is one `HMGET`, with no script and no limit on the number of fields.
 *
 * @param defaults a plain object of strings.
 * @throws {TypeError} when an argument has a wrong type.
 * @throws {RangeError} when `key` is empty.
 * @throws {ScriptError} when the server answers with an error: `WRONGTYPE` when the key is no hash.
 */
export async function hashGetWithDefaults<T extends Record<string, string>>(
  client: SupportedClient,
  key: string,
  defaults: T,
): Promise<{[K in keyof T]: string}> {
  const check = new Arguments('hashGetWithDefaults');
  check.name('key', key);
  check.plainObject('defaults', defaults);
  const fields: Extract<keyof T, string>[] = [];
  for (const field in defaults) if (Object.hasOwn(defaults, field)) fields.push(field);
  for (const field of fields) check.text(`defaults[${JSON.stringify(field)}]`, defaults[field]);

  const call = {client, key, args: fields};
  const reply = fields.length === 0 ? [] : await send('hashGetWithDefaults', 'HMGET', call);
  const stored: unknown[] = Array.isArray(reply) ? reply : [];
  // A copy, so that even a field named __proto__ is an own one, and can be assigned to.
  const result: {[K in keyof T]: string} = {...defaults};
  for (const [index, field] of fields.entries()) {
    result[field] = textOf(stored[index]) ?? result[field];
  }
  return result;
}
