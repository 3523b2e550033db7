import {stopTopologies} from '../locker/topologies.js';
import {chosenSource} from './chosen-source.js';

/** Finds Redis before the first test: a download has no place in the time limit of one test. */
export async function mochaGlobalSetup(): Promise<void> {
  // Without Redis the tests that need none still run; those that do say what is missing.
  await chosenSource().catch(() => undefined);
}

/** After the last test; where files run side by side, after the last of each file. */
export const mochaHooks: {afterAll: () => Promise<void>} = {afterAll: stopTopologies};
