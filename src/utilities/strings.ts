import type {SupportedClient} from '../redis/client-of.js';
import * as generated from '../redis/scripts.generated.js';
import {Arguments, durations} from './arguments.js';
import {isYes, textOf} from './replies.js';
import {run} from './run.js';

/** How `compareAndSwap` leaves the time to live. */
export interface CompareAndSwapOptions {
  /**
   * The time to live of the new value in whole milliseconds, from 1. Null removes it.
   *
   * @defaultValue undefined: what there was is kept, so that a created key has none
   */
  readonly ttlMs?: number | null | undefined;
}

/**
 * Stores `next` if the stored value is `expected`, byte for byte; `expected: null` means that the key must be absent.
 *
 * True when it is swapped. Else false, and neither value nor time to live changes. Only values are compared: one that
 * was changed there and back looks unchanged, so put a version into the value where that matters.
 *
 * @throws {TypeError} when an argument has a wrong type.
 * @throws {RangeError} when `key` is empty, or `ttlMs` is out of range.
 * @throws {ScriptError} when the server answers with an error: `WRONGTYPE` when the key is no string, also with
 * `expected: null`.
 */
export async function compareAndSwap(
  client: SupportedClient,
  key: string,
  expected: string | null,
  next: string,
  options: CompareAndSwapOptions = {},
): Promise<boolean> {
  const check = new Arguments('compareAndSwap');
  check.name('key', key);
  if (expected !== null) check.text('expected', expected);
  check.text('next', next);
  check.object('options', options);
  const {ttlMs} = options;
  if (ttlMs !== undefined && ttlMs !== null) check.integer('ttlMs', ttlMs, durations);

  const ttl = ttlMs === undefined ? 'keep' : String(ttlMs ?? 'none');
  const args = [expected === null ? '0' : '1', expected ?? '', next, ttl];
  return isYes(await run('cas', generated.cas, {client, key, args}));
}

/**
 * Stores a value under an absent key, together with its time to live of `ttlMs` milliseconds.
 *
 * True when it is stored. Any key that is there already, of whatever type, makes it false and is left alone.
 *
 * @param ttlMs a whole number from 1; milliseconds, unlike the seconds of `EXPIRE`.
 * @throws {TypeError} when an argument has a wrong type.
 * @throws {RangeError} when `key` is empty, or `ttlMs` is out of range.
 * @throws {ScriptError} when the server answers with an error.
 */
export async function setIfNotExistsWithTTL(
  client: SupportedClient,
  key: string,
  value: string,
  ttlMs: number,
): Promise<boolean> {
  const check = new Arguments('setIfNotExistsWithTTL');
  check.name('key', key);
  check.text('value', value);
  check.integer('ttlMs', ttlMs, durations);

  const args = [value, String(ttlMs)];
  const script = generated.setIfNotExistsWithTtl;
  return isYes(await run('setIfNotExistsWithTTL', script, {client, key, args}));
}

/**
 * Reads a value; under an absent key it stores `defaultValue` first, and reads that.
 *
 * A value that is there, also an empty string, keeps its time to live.
 *
 * @param ttlMs how long a default that is stored lives, in whole milliseconds from 1; left out, it does not end.
 * @throws {TypeError} when an argument has a wrong type.
 * @throws {RangeError} when `key` is empty, or `ttlMs` is out of range.
 * @throws {ScriptError} when the server answers with an error: `WRONGTYPE` when the key is no string.
 */
export async function getOrSet(
  client: SupportedClient,
  key: string,
  defaultValue: string,
  ttlMs?: number,
): Promise<string> {
  const check = new Arguments('getOrSet');
  check.name('key', key);
  check.text('defaultValue', defaultValue);
  if (ttlMs !== undefined) check.integer('ttlMs', ttlMs, durations);

  const args = [defaultValue, String(ttlMs ?? 'none')];
  return textOf(await run('getOrSet', generated.getOrSet, {client, key, args})) ?? defaultValue;
}
