import type {Findings, Incident} from './check.js';

/** What a run found beside the histories. */
export interface Outcome extends Findings {
  /** Client processes that ended in a way that nobody intended. */
  readonly crashes: readonly string[];
  /** Lock keys when the last client had gone, and those that were still there after another one and a half ttl. */
  readonly keysLeft: number;
  readonly keysLeaked: number;
}

/** What a scenario may bring about without breaking a promise. */
export interface Allowances {
  readonly ttlMs: number;
  /** Whether it breaks an assumption of the guarantees, so that two may hold at once. */
  readonly isBroken: boolean;
  /** Whether nodes lose their counters while they are needed. */
  readonly forgetsCounters: boolean;
}

// A counter that starts again from the time of day is in order with what was counted this long before.
const FENCE_STEP_MS = 256;
// Between the grant of a lock and the moment at which its holder knows: twice the time that a node has to answer.
const GRANT_MS = 300;

/** The promises of docs/guarantees.md that this run broke. */
export function violations(
  outcome: Outcome,
  {ttlMs, isBroken, forgetsCounters}: Allowances,
): string[] {
  const found: string[] = [];
  const add = (what: string, incidents: readonly Incident[]): void => {
    for (const {resource, first, second, ms} of incidents) {
      found.push(`${what} on ${resource}: ${first} and ${second} (${ms.toFixed(1)} ms)`);
    }
  };
  const {lateNotices, inversions} = outcome;
  if (!isBroken) add('two holders', outcome.overlaps);
  // Without a second holder in time there is no loss to speak of before the next heartbeat, or the deadline.
  add('told late', isBroken ? lateNotices.filter(({ms}) => ms > ttlMs) : lateNotices);
  const slackMs = isBroken ? GRANT_MS + (forgetsCounters ? FENCE_STEP_MS : 0) : -Infinity;
  add(
    'fences out of order',
    inversions.filter(({ms}) => ms > slackMs),
  );
  if (!isBroken && outcome.staleGuardedWrites > 0) {
    found.push(`${outcome.staleGuardedWrites} stale writes taken in spite of fences`);
  }
  if (outcome.deadLocks > 0) found.push(`${outcome.deadLocks} locks handed out dead`);
  if (outcome.keysLeaked > 0) found.push(`${outcome.keysLeaked} keys leaked`);
  for (const id of outcome.stuck) found.push(`${id} never came to an end`);
  for (const id of outcome.failedLast) found.push(`${id} did not get the lock after the faults`);
  for (const text of outcome.troubles) found.push(`unhandled: ${text}`);
  found.push(...outcome.crashes);
  if (outcome.releaseErrors.size > 0)
    found.push(`releases failed: ${[...outcome.releaseErrors.keys()].join(', ')}`);
  return found;
}
