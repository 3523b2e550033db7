import {setTimeout as delay} from 'node:timers/promises';

import {Agents, type Agent} from '../agents/agent.js';
import {interleave, type Sample} from '../measuring/interleave.js';
import {Nodes} from '../measuring/nodes.js';
import {percentile} from '../measuring/spread.js';
import type {Row} from '../reporting/result.js';
import {target} from '../reporting/target.js';
import {byHandPushed} from '../subjects/by-hand-pushed.js';
import {peerKinds} from '../subjects/catalogue.js';
import {ours, oursFair} from '../subjects/ours.js';
import {pushAlone} from '../subjects/push-alone.js';
import type {Kind} from '../subjects/subject.js';
import type {Run, Scenario} from './scenario.js';

/** How often a lock is waited for in one round, and how long one waits for it each time. */
interface Pace {
  readonly times: number;
  /** What holder and waiter do to become such is over by then: the first time, and the others. */
  readonly toBlockMs: readonly [first: number, others: number];
  readonly blockedMs: number;
  /** Not in step with those who ask at regular intervals. */
  readonly jitterMs: number;
}

const KINDS = [ours, oursFair, pushAlone, byHandPushed, ...peerKinds];
const MEASURED: Pace = {times: 25, toBlockMs: [250, 80], blockedMs: 50, jitterMs: 40};
// So that the code is hot, as that of a service is which has been up for a while.
const WARM_UP: Pace = {times: 250, toBlockMs: [250, 5], blockedMs: 0, jitterMs: 5};
const QUICK: Pace = {...MEASURED, times: 2};
const TERMS = {ttlMs: 60_000, waitMs: 30_000};
const LIMIT_MS = 60_000;
const SETTING = 'one waiter in another process';

async function measure(run: Run): Promise<readonly Row[]> {
  await using nodes = await Nodes.start(1);
  await using agents = new Agents(2);
  const [holder, waiter] = agents.all;
  if (holder === undefined || waiter === undefined) throw new Error('It takes two');
  const at = {urls: nodes.urls, terms: TERMS};
  return await interleave(
    agents.entrants(run.entering(KINDS), at, (kind, round) =>
      take(kind, round, {holder, waiter, nodes, run}),
    ),
    {setting: SETTING, warmUps: 1, rounds: run.rounds(4), limitMs: LIMIT_MS},
  );
}

interface Scene {
  readonly holder: Agent;
  readonly waiter: Agent;
  readonly nodes: Nodes;
  readonly run: Run;
}

function paceOf(round: number, {isQuick}: Run): Pace {
  if (isQuick) return QUICK;
  return round < 0 ? WARM_UP : MEASURED;
}

async function take(
  {name, plainCommands}: Kind,
  round: number,
  {holder, waiter, nodes, run}: Scene,
): Promise<Sample> {
  const {times, toBlockMs, blockedMs: leastMs, jitterMs} = paceOf(round, run);
  const wokenMs: number[] = [];
  let commands = 0;
  let blockedMs = 0;
  for (let time = 0; time < times; time += 1) {
    // Always the same one: to forget about one that is not wanted any more may take commands as well.
    const ask = {resource: `wake-up:${name}:${round}`};
    await holder.ask('acquire', name, ask);
    const acquired = waiter.ask('acquire', name, ask);
    await Promise.race([delay(toBlockMs[time === 0 ? 0 : 1]), acquired]);
    const before = await nodes.commandCount(plainCommands);
    const startedAt = performance.now();
    await Promise.race([delay(leastMs + Math.random() * jitterMs), acquired]);
    blockedMs += performance.now() - startedAt;
    commands += (await nodes.commandCount(plainCommands)) - before;
    const [releasedAt, acquiredAt] = await Promise.all([
      holder.ask('release', name, ask),
      acquired,
    ]);
    if (acquiredAt < releasedAt) throw new Error('two were inside at once');
    wokenMs.push(acquiredAt - releasedAt);
    await waiter.ask('release', name, ask);
  }
  return {
    p50Ms: percentile(wokenMs, 0.5),
    wokenMs,
    commandsPerSecond: (1000 * commands) / blockedMs,
  };
}

export const wakeUp: Scenario = {
  name: 'wake-up',
  title: 'A lock is released long before its time: how soon does another process have it?',
  settingHead: 'who waits',
  metrics: [
    {key: 'p50Ms', head: 'p50, ms', digits: 2, better: 'less'},
    {key: 'p50Ms', head: '÷ pub/sub', digits: 2, over: pushAlone.name},
    {key: 'wokenMs', share: 0.99, head: 'p99, ms', digits: 2, better: 'less'},
    {key: 'commandsPerSecond', head: 'commands/s while blocked', digits: 1, better: 'less'},
  ],
  chart: {
    metric: 'p50Ms',
    title: 'From the release to the lock in another process',
    axis: 'milliseconds, p50, on a logarithmic scale (less is better)',
    unit: 'ms from release to lock',
    scale: 'log',
    columns: 1,
  },
  targets: [
    target({
      what: 'wake-up, p50 ÷ pub/sub alone',
      of: {subject: ours.name, setting: SETTING, metric: 'p50Ms', over: {subject: pushAlone.name}},
      atMost: 2,
    }),
    target({
      what: 'wake-up, p99',
      of: {subject: ours.name, setting: SETTING, metric: 'wokenMs', share: 0.99},
      atMost: 5,
      unit: ' ms',
    }),
    target({
      what: 'commands per second while blocked',
      of: {subject: ours.name, setting: SETTING, metric: 'commandsPerSecond'},
      atMost: 0,
      digits: 1,
    }),
  ],
  inSummary: () => true,
  measure,
};
