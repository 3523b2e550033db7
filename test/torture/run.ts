import {setTimeout as sleep} from 'node:timers/promises';

import {seededRandom} from '../shuffle.js';
import {until} from '../until.js';
import {check} from './check.js';
import type {Entry} from './history.js';
import type {Scenario} from './scenarios.js';
import {violations, type Outcome} from './violations.js';
import {World} from './world.js';

export interface RunOptions {
  readonly scenario: Scenario;
  readonly subject: string;
  readonly seed: number;
  readonly ttlMs: number;
  readonly contenders: number;
  /** For how long faults are injected. */
  readonly faultsMs: number;
}

export interface Run extends RunOptions {
  readonly outcome: Outcome;
  /** The promises that were broken. */
  readonly violations: readonly string[];
  readonly histories: ReadonlyMap<string, readonly Entry[]>;
}

/** Lets client processes contend for locks while faults are injected, and judges what they have recorded. */
export async function run(options: RunOptions): Promise<Run> {
  const {scenario, subject, seed, ttlMs, contenders, faultsMs} = options;
  const random = seededRandom(seed);
  const {nodes = 3, breaks, forgetsCounters = false} = scenario;
  await using world = await World.start({subject, nodes, contenders, ttlMs, random});

  await injectFor(faultsMs, scenario, world);
  const unended = await world.finish();
  const keysLeft = await world.countLockKeys();
  const keysLeaked = await keysAfter(ttlMs * 1.5, world);

  const histories = world.histories();
  const findings = check({histories, writes: await world.writes(), killed: world.killed()});
  const crashes = [...world.crashes(), ...unended.map((name) => `${name} does not end`)];
  const outcome: Outcome = {...findings, crashes, keysLeft, keysLeaked};
  const allowances = {ttlMs, isBroken: breaks !== undefined, forgetsCounters};
  return {...options, outcome, violations: violations(outcome, allowances), histories};
}

async function injectFor(ms: number, {faults}: Scenario, world: World): Promise<void> {
  const over = AbortSignal.timeout(ms);
  while (!over.aborted) {
    await sleep(30 + world.random() * 200);
    await world.pick(faults)(world, over);
  }
}

async function keysAfter(ms: number, world: World): Promise<number> {
  await until(async () => (await world.countLockKeys()) === 0, ms).catch(() => {});
  return world.countLockKeys();
}
