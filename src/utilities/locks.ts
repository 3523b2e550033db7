import type {SupportedClient} from '../redis/client-of.js';
import * as generated from '../redis/scripts.generated.js';
import {Arguments, durations} from './arguments.js';
import {integersOf, isYes} from './replies.js';
import {run} from './run.js';

const keyOf = (resource: string): string => `lock:${resource}`;

/** What `acquireLockWithInfo` found. */
export interface AcquireResult {
  readonly acquired: boolean;
  /**
   * When to try again, in whole milliseconds: 0 when the lock is taken, else the holder's remaining time, at least 1.
   * Null when the key has no time to live, and so will not free itself.
   */
  readonly retryAfterMs: number | null;
}

/**
 * Takes the lock `lock:${resource}` for `ttlMs` milliseconds, or says how long its holder still has it.
 *
 * One attempt on one server, with no renewal: for a lock that keeps itself alive take a `Locker`. The same token again
 * is refused. A lock that is held, and its time to live, are not touched.
 *
 * @param token a random string, new for every attempt: whoever knows it can free the lock.
 * @param ttlMs a whole number from 1.
 * @throws {TypeError} when an argument has a wrong type.
 * @throws {RangeError} when `resource` or `token` is empty, or `ttlMs` is out of range.
 * @throws {ScriptError} when the server answers with an error.
 */
export async function acquireLockWithInfo(
  client: SupportedClient,
  resource: string,
  token: string,
  ttlMs: number,
): Promise<AcquireResult> {
  const check = new Arguments('acquireLockWithInfo');
  check.name('resource', resource);
  check.name('token', token);
  check.integer('ttlMs', ttlMs, durations);

  const [acquired, leftMs = -1] = integersOf(
    await run('acquireLockWithInfo', generated.acquireLockWithInfo, {
      client,
      key: keyOf(resource),
      args: [token, String(ttlMs)],
    }),
  );
  if (acquired === 1) return {acquired: true, retryAfterMs: 0};
  // PTTL is 0 in the last millisecond of a lock. A caller who waits 0 would spin.
  return {acquired: false, retryAfterMs: leftMs === -1 ? null : Math.max(1, leftMs)};
}

/**
 * Sets the time to live of a lock to `ttlMs` milliseconds from now, which may be shorter than what was left.
 *
 * True when the key held exactly this token. Else false, with nothing changed; a lock is never created. It works also
 * when the server is out of memory. A lock without a time to live gets one.
 *
 * @param ttlMs a whole number from 1.
 * @throws {TypeError} when an argument has a wrong type.
 * @throws {RangeError} when `resource` or `token` is empty, or `ttlMs` is out of range.
 * @throws {ScriptError} when the server answers with an error: `WRONGTYPE` when the key is no string.
 */
export async function extendLock(
  client: SupportedClient,
  resource: string,
  token: string,
  ttlMs: number,
): Promise<boolean> {
  const check = new Arguments('extendLock');
  check.name('resource', resource);
  check.name('token', token);
  check.integer('ttlMs', ttlMs, durations);

  const args = [token, String(ttlMs)];
  return isYes(await run('extendLock', generated.extendLock, {client, key: keyOf(resource), args}));
}

/**
 * Frees a lock: true when the key held exactly this token and is gone now, else false, with nothing changed.
 *
 * It works also when the server is out of memory.
 *
 * @throws {TypeError} when an argument has a wrong type.
 * @throws {RangeError} when `resource` or `token` is empty.
 * @throws {ScriptError} when the server answers with an error: `WRONGTYPE` when the key is no string.
 */
export async function releaseLock(
  client: SupportedClient,
  resource: string,
  token: string,
): Promise<boolean> {
  const check = new Arguments('releaseLock');
  check.name('resource', resource);
  check.name('token', token);

  const args = [token];
  return isYes(
    await run('releaseLock', generated.releaseLock, {client, key: keyOf(resource), args}),
  );
}
