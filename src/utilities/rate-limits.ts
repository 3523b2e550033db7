import type {SupportedClient} from '../redis/client-of.js';
import * as generated from '../redis/scripts.generated.js';
import {Arguments, durations, type Range} from './arguments.js';
import {integersOf} from './replies.js';
import {run} from './run.js';

/** The answer of a rate limiter, all in whole numbers. */
export interface RateLimitResult {
  readonly allowed: boolean;
  /** The limit or the capacity that was asked for. */
  readonly limit: number;
  /** How much could be taken right after this call; never below 0. */
  readonly remaining: number;
  /**
   * 0 when allowed. Else in how many milliseconds, at least 1, the same call is allowed if nobody else takes anything.
   */
  readonly retryAfterMs: number;
  /** In how many milliseconds nothing is used any more; 0 when nothing is. */
  readonly resetAfterMs: number;
}

/** At most `limit` in any `windowMs`. */
export interface SlidingWindowOptions {
  /** Length of the window in whole milliseconds, from 1. */
  readonly windowMs: number;
  /** How much may be taken in any window, a whole number from 1. For thousands take the token bucket. */
  readonly limit: number;
  /**
   * How much to take, all or nothing: a whole number from 0 to `limit`, at most 1000. 0 only looks, as if for 1.
   *
   * @defaultValue 1
   */
  readonly cost?: number | undefined;
}

/** A bucket of `capacity` that gets `refillPerSecond` all the time. */
export interface TokenBucketOptions {
  /** Tokens in a full bucket, a whole number from 1. */
  readonly capacity: number;
  /** Tokens a second, above 0, fractions included; an empty bucket must be full within 2^53-1 ms. */
  readonly refillPerSecond: number;
  /**
   * How much to take, all or nothing: a whole number from 0 to `capacity`. 0 only looks, as if for 1.
   *
   * @defaultValue 1
   */
  readonly cost?: number | undefined;
}

const counts: Range = {min: 1, max: Number.MAX_SAFE_INTEGER};

// Every unit is a member to be added, and while a script runs the server does nothing else.
const maxCost = 1000;

/**
 * Takes `cost` from a limit on what may happen in any window of `windowMs` milliseconds.
 *
 * A log of every unit taken, in the sorted set `ratelimit:${identifier}`, by the server's clock. It is exact, and each
 * unit costs memory. A call that is denied takes nothing and moves no time to live. Entries more than a window ahead
 * of the server's clock are removed, so that a clock that was wrong never denies for longer than two windows.
 *
 * @throws {TypeError} when an argument has a wrong type.
 * @throws {RangeError} when `identifier` is empty, or a number is out of range, such as a `cost` that never fits.
 * @throws {ScriptError} when the server answers with an error: `WRONGTYPE` when the key is no sorted set.
 */
export async function slidingWindowRateLimit(
  client: SupportedClient,
  identifier: string,
  options: SlidingWindowOptions,
): Promise<RateLimitResult> {
  const check = new Arguments('slidingWindowRateLimit');
  check.name('identifier', identifier);
  check.object('options', options);
  const {windowMs, limit, cost = 1} = options;
  check.integer('windowMs', windowMs, durations);
  check.integer('limit', limit, counts);
  check.integer('cost', cost, {min: 0, max: Math.min(limit, maxCost)});

  const key = `ratelimit:${identifier}`;
  const args = [String(windowMs), String(limit), String(cost)];
  const script = generated.slidingWindowRateLimit;
  return resultOf(limit, await run('slidingWindowRateLimit', script, {client, key, args}));
}

/**
 * Takes `cost` from a bucket of `capacity` that refills continuously.
 *
 * The balance is in the hash `tokenbucket:${identifier}`, by the server's clock; an absent one is a full bucket. After
 * a call that takes something the key lives until the bucket is full. A call that is denied takes nothing.
 *
 * @throws {TypeError} when an argument has a wrong type.
 * @throws {RangeError} when `identifier` is empty, or a number is out of range, such as a `cost` that never fits.
 * @throws {ScriptError} when the server answers with an error: `NOTNUMBER` when the stored balance or time is not a
 * finite decimal number, `WRONGTYPE` when the key is no hash.
 */
export async function tokenBucketRateLimit(
  client: SupportedClient,
  identifier: string,
  options: TokenBucketOptions,
): Promise<RateLimitResult> {
  const check = new Arguments('tokenBucketRateLimit');
  check.name('identifier', identifier);
  check.object('options', options);
  const {capacity, refillPerSecond, cost = 1} = options;
  check.integer('capacity', capacity, counts);
  check.finite('refillPerSecond', refillPerSecond);
  if (refillPerSecond <= 0 || (capacity / refillPerSecond) * 1000 > durations.max) {
    const wanted = `above 0, and fill the capacity within ${durations.max} ms`;
    check.refuse('refillPerSecond', wanted, refillPerSecond);
  }
  check.integer('cost', cost, {min: 0, max: capacity});

  const key = `tokenbucket:${identifier}`;
  const args = [String(capacity), String(refillPerSecond), String(cost)];
  const script = generated.tokenBucketRateLimit;
  return resultOf(capacity, await run('tokenBucketRateLimit', script, {client, key, args}));
}

function resultOf(limit: number, reply: unknown): RateLimitResult {
  const [allowed, remaining = 0, retryAfterMs = 0, resetAfterMs = 0] = integersOf(reply);
  return {allowed: allowed === 1, limit, remaining, retryAfterMs, resetAfterMs};
}
