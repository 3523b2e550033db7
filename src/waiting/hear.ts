import {abortable, delay, race} from 'abort-controller-x';

import type {Bell, WakeUps} from './wake-ups.js';

// How long to wait for a subscription before it is given up for this time.
const SUBSCRIBE_MS = 1000;

/** A bell on some channels, as soon as it is live or is known not to be. Rejects when the signal aborts before. */
export async function hear(
  signal: AbortSignal,
  wakeUps: WakeUps,
  channels: readonly string[],
): Promise<Bell> {
  const bell = wakeUps.hear(channels);
  try {
    await race(signal, (inner) => [abortable(inner, bell.settled()), delay(inner, SUBSCRIBE_MS)]);
  } catch (error) {
    bell[Symbol.dispose]();
    throw error;
  }
  return bell;
}
