import {abortable} from 'abort-controller-x';

import {padded} from '../waiting/forecast.js';
import {hear} from '../waiting/hear.js';
import type {WakeUps} from '../waiting/wake-ups.js';
import type {LockInfo} from './lock-info.js';

// Nobody tells that a free lock was taken: one who watches looks again, soon after a release and then less and less often.
const SHORTEST_FREE_MS = 10;
const LONGEST_FREE_MS = 1000;
// How long to sleep at most while it is held, and where nobody tells of a change.
const LONGEST_HELD_MS = 60_000;
const LONGEST_UNTOLD_MS = 1000;

export interface Watched {
  readonly wakeUps: WakeUps;
  readonly channels: readonly string[];
  readonly now: () => number;
  readonly random: () => number;
  readonly look: () => Promise<LockInfo>;
}

/** Gives what the nodes say of a lock, and again each time it has changed. Throws the signal's reason when that aborts. */
export async function* watch(
  signal: AbortSignal,
  {wakeUps, channels, now, random, look}: Watched,
): AsyncGenerator<LockInfo, void, undefined> {
  signal.throwIfAborted();
  using bell = await hear(signal, wakeUps, channels);
  let last: LockInfo | undefined;
  let freeMs = SHORTEST_FREE_MS;
  for (;;) {
    bell.reset();
    const info = await abortable(signal, look());
    const lookedAt = now();
    if (last === undefined || hasChanged(last, info)) {
      freeMs = SHORTEST_FREE_MS;
      last = info;
      yield info;
    }
    const {isHeld, remainingMs} = info;
    // A holder that tells that it goes on is looked at all the same now and then: it may be another one.
    const longestHeldMs = bell.isLive ? LONGEST_HELD_MS : LONGEST_UNTOLD_MS;
    const longestMs = (isHeld ? longestHeldMs : freeMs) - (now() - lookedAt);
    const ms = Math.max(0, Math.min(isHeld ? padded(remainingMs, random) : freeMs, longestMs));
    freeMs = Math.min(2 * freeMs, LONGEST_FREE_MS);
    await bell.sleep(signal, ms, {missing: 1, isAnyone: true, longestMs});
  }
}

const hasChanged = (one: LockInfo, other: LockInfo): boolean =>
  one.token !== other.token || one.value !== other.value;
