import {parentPort, workerData} from 'node:worker_threads';

import {NO_MUTATION} from './mutation.js';
import {CONTROLS, MUTATIONS} from './mutations.js';
import {planOf} from './plan.js';
import {simulate} from './simulate.js';
import type {Errand, Report} from './simulate-seeds.js';

// A thread of its own: the clocks and timers of a thread are replaced for as long as a run takes.
Error.stackTraceLimit = 0;
const {from, step, to, mutation, isToStop} = workerData as Errand;

const mutant = mutation === undefined ? NO_MUTATION : (MUTATIONS[mutation] ?? CONTROLS[mutation]);
if (mutant === undefined)
  throw new RangeError(`Expected a mutation that there is, got ${mutation}`);

let report: Report = {seeds: 0, sections: 0, raises: 0, failures: []};
for (let seed = from; seed < to; seed += step) {
  const outcome = await simulate(planOf(seed, mutant.wish), mutant);
  const {history, sections, raises} = outcome;
  const {finds} = mutant;
  const violations = outcome.violations.filter((text) => finds?.test(text) !== false);
  const failures = violations.length === 0 ? [] : [{seed, violations, history}];
  report = {seeds: 1, sections, raises, failures};
  // eslint-disable-next-line unicorn/require-post-message-target-origin -- a port of a thread has none
  parentPort?.postMessage(report);
  if (isToStop && failures.length > 0) break;
}
