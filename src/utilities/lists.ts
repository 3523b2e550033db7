import type {SupportedClient} from '../redis/client-of.js';
import * as generated from '../redis/scripts.generated.js';
import {Arguments} from './arguments.js';
import {textOf} from './replies.js';
import {run} from './run.js';

/**
 * Pops the leftmost element if the list has more than `minSize`; else resolves to null, with nothing changed.
 *
 * An empty element is an empty string. The time to live stays; a list popped empty is gone.
 *
 * @param minSize how many elements must remain, a whole number from 0.
 * @throws {TypeError} when an argument has a wrong type.
 * @throws {RangeError} when `key` is empty, or `minSize` is out of range.
 * @throws {ScriptError} when the server answers with an error: `WRONGTYPE` when the key is no list.
 */
export async function listPopWithMinSize(
  client: SupportedClient,
  key: string,
  minSize: number,
): Promise<string | null> {
  const check = new Arguments('listPopWithMinSize');
  check.name('key', key);
  check.integer('minSize', minSize, {min: 0, max: Number.MAX_SAFE_INTEGER});

  const args = [String(minSize)];
  return textOf(await run('listPopWithMinSize', generated.listPopWithMinSize, {client, key, args}));
}

/**
 * Appends an element on the right, keeps the newest `maxSize` elements, and resolves to the new length.
 *
 * A list that is longer is cut at once. The time to live stays.
 *
 * @param maxSize how many elements to keep, a whole number from 1.
 * @throws {TypeError} when an argument has a wrong type.
 * @throws {RangeError} when `key` is empty, or `maxSize` is out of range.
 * @throws {ScriptError} when the server answers with an error: `WRONGTYPE` when the key is no list.
 */
export async function circularBufferAdd(
  client: SupportedClient,
  key: string,
  value: string,
  maxSize: number,
): Promise<number> {
  const check = new Arguments('circularBufferAdd');
  check.name('key', key);
  check.text('value', value);
  check.integer('maxSize', maxSize, {min: 1, max: Number.MAX_SAFE_INTEGER});

  const args = [value, String(maxSize)];
  return Number(await run('circularBufferAdd', generated.circularBufferAdd, {client, key, args}));
}
