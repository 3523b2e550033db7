import {setTimeout as delay} from 'node:timers/promises';

const SETTLE_MS = 20;

/** What one round has left over is not to be paid for by the next. */
export async function settle(): Promise<void> {
  await delay(SETTLE_MS);
  globalThis.gc?.();
}
