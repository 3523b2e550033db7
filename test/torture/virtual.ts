import {simulateSeeds} from '../simulation/simulate-seeds.js';

export interface VirtualTorture {
  readonly seed: number;
  readonly seeds: number;
}

const PROGRESS_MS = 2000;

/** Simulates seed after seed on virtual time. Prints the history of those that fail; resolves to whether none did. */
export async function virtual({seed, seeds}: VirtualTorture): Promise<boolean> {
  const startedAt = performance.now();
  let toldAt = startedAt;
  const {failures, sections, raises} = await simulateSeeds({
    from: seed,
    count: seeds,
    onProgress: ({seeds: done, failures: sofar}) => {
      const now = performance.now();
      if (now - toldAt < PROGRESS_MS) return;
      toldAt = now;
      const rate = ((1000 * done) / (now - startedAt)).toFixed(0);
      process.stderr.write(`${done} of ${seeds} runs, ${rate} a second, ${sofar.length} failed\n`);
    },
  });
  for (const {seed: failed, violations, history} of failures) {
    process.stdout.write(`\nseed ${failed}: ${violations.join('; ')}\n${history}\n`);
    process.stdout.write(`again: npm run torture -- --seed ${failed}\n`);
  }
  const seconds = (performance.now() - startedAt) / 1000;
  process.stdout.write(
    `${seeds} runs from seed ${seed} in ${seconds.toFixed(0)} s, ${(seeds / seconds).toFixed(0)} a second: ` +
      `${sections} locks obtained, ${((100 * raises) / sections).toFixed(1)} % of them in a second round, ` +
      `${failures.length} runs failed\n`,
  );
  return failures.length === 0;
}
