import {setTimeout as delay} from 'node:timers/promises';

const SETTLE_MS = 20;

/**
 * What one round has left over is not to be paid for by the next. No more is collected than that: while nothing is locked
 * at all, V8 would throw away the code that it has optimised for locks.
 */
export async function settle(): Promise<void> {
  await delay(SETTLE_MS);
  globalThis.gc?.({type: 'minor'});
}
