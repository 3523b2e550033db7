import {chosenSource} from './chosen-source.js';

/** Finds Redis before the first test: a download has no place in the time limit of one test. */
export async function mochaGlobalSetup(): Promise<void> {
  // Without Redis the tests that need none still run; those that do say what is missing.
  await chosenSource().catch(() => undefined);
}
