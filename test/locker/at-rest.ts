import {until} from '../until.js';

/** Resolves with a number once it is the same for some time. */
export async function atRest(count: () => number | Promise<number>): Promise<number> {
  let last = -1;
  let since = 0;
  await until(async () => {
    const now = await count();
    if (now !== last) since = performance.now();
    last = now;
    return performance.now() - since > 100;
  });
  return last;
}
