import {setTimeout as sleep} from 'node:timers/promises';

const pollMs = 5;

/** Polls until the condition holds; rejects with what it threw last, or with its own text, when it never does. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 5000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    let cause: unknown;
    try {
      if (await condition()) return;
    } catch (error) {
      cause = error;
    }
    if (performance.now() > deadline) {
      throw new Error(`Not within ${timeoutMs} ms: ${condition.toString()}`, {cause});
    }
    await sleep(pollMs);
  }
}
