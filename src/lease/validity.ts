/** The smallest number of nodes of which any two sets share one. */
export const majority = (nodes: number): number => Math.floor(nodes / 2) + 1;

/** How far clocks may run apart during a lease: 1 % (NTP corrects by at most 0.05 %), and 2 ms for rounding. */
const driftMs = (ttlMs: number): number => Math.ceil(ttlMs * 0.01) + 2;

/** How long before the end of a lease its holder is told that it is over. */
const abortMarginMs = (ttlMs: number): number => Math.max(20, ttlMs * 0.05);

/** How much must be left of a lease that is handed out: as much as its holder is told ahead of its end. */
export const leastMs = (ttlMs: number): number => abortMarginMs(ttlMs);

/** How much earlier still, where timers are late: as late as they may be, as far as heartbeats can bear that. */
export const headStartMs = (ttlMs: number, latenessMs: number): number =>
  Math.min(latenessMs, ttlMs / 5);

/** How long a lease may be relied upon, counted from just before the command for it was sent. */
export const usableMs = (ttlMs: number): number => ttlMs - driftMs(ttlMs) - abortMarginMs(ttlMs);

/** How long after its last confirmation a lease is extended. */
export const heartbeatMs = (ttlMs: number): number => ttlMs / 3;

/** How much must be left of a lease for it to count as extended lately, by someone who does so at each heartbeat. */
export const freshMs = (ttlMs: number): number => usableMs(ttlMs) - 1.2 * heartbeatMs(ttlMs);

/** How long one node may take to answer, unless the user sets it: a few per cent of the lease. */
export const defaultNodeTimeoutMs = (ttlMs: number): number =>
  Math.min(Math.max(50, Math.floor(ttlMs / 20)), 1000);

// However long the lease: a message that was lost must not hold up an acquisition for longer.
const LONGEST_PATIENCE_MS = 2000;

/**
 * How long one node may take to answer an acquisition after so many attempts in a row that too few have answered: twice
 * as long each time, up to a quarter of the lease. Where everything is slow, asking again is no remedy.
 */
export function patientNodeTimeoutMs(ttlMs: number, failures: number): number {
  const usualMs = defaultNodeTimeoutMs(ttlMs);
  const longestMs = Math.min(Math.floor(ttlMs / 4), LONGEST_PATIENCE_MS);
  return Math.max(usualMs, Math.min(usualMs * 2 ** failures, longestMs));
}

/** How long a fence counter outlives the last use of its lock. */
export const fenceTtlMs = (ttlMs: number): number => Math.max(600_000, 2 * ttlMs + 1000);

/** Whether a lease can be kept: a heartbeat that fails must leave time for a second one. */
export const isKeepable = (ttlMs: number, nodeTimeoutMs: number): boolean =>
  usableMs(ttlMs) >= heartbeatMs(ttlMs) + 2 * nodeTimeoutMs;

/** The time up to which at least `quorum` nodes hold the lease: the latest that so many of them reach. */
export function quorumTime(times: readonly number[], quorum: number): number {
  let latest = -Infinity;
  for (const time of times) {
    if (time <= latest) continue;
    let reachedBy = 0;
    for (const other of times) if (other >= time) reachedBy += 1;
    if (reachedBy >= quorum) latest = time;
  }
  return latest;
}
