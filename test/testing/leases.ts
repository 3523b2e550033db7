import {LeaseNames, type AcquireCall} from '#internal/redis/scripts.js';

const TTL_MS = 60_000;

/** What the library asks of a node, for one owner of the lock "lock:a" or of those that are named. */
export function callOf(token: string, locks: readonly string[] = ['lock:a']): AcquireCall {
  return {
    names: new LeaseNames(locks, ''),
    token,
    lockDelayMs: 0,
    fenceTtlMs: 10 * TTL_MS,
    nodeTimeoutMs: 30_000,
    isFreed: false,
  };
}
