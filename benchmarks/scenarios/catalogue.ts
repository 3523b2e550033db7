import {contendedAcrossProcesses} from './contended-across-processes.js';
import {contendedInOneProcess} from './contended-in-one-process.js';
import {election} from './election.js';
import {held} from './held.js';
import {nodeDown} from './node-down.js';
import type {Scenario} from './scenario.js';
import {uncontended} from './uncontended.js';
import {wakeUp} from './wake-up.js';

export const scenarios: readonly Scenario[] = [
  uncontended,
  contendedInOneProcess,
  contendedAcrossProcesses,
  wakeUp,
  held,
  nodeDown,
  election,
];

export function scenarioOf(name: string): Scenario {
  const scenario = scenarios.find((each) => each.name === name);
  if (scenario !== undefined) return scenario;
  const names = scenarios.map((each) => each.name).join(', ');
  throw new RangeError(`Expected a scenario to be one of ${names}, got ${name}`);
}
