import {setTimeout as delay} from 'node:timers/promises';

import {Agents, type Agent} from '../agents/agent.js';
import {holdMsIn, outcomeOf, type Section} from '../measuring/contention.js';
import {interleave, type Sample} from '../measuring/interleave.js';
import {Nodes} from '../measuring/nodes.js';
import {nowMs} from '../measuring/now.js';
import {percentile} from '../measuring/spread.js';
import type {Row} from '../reporting/result.js';
import {target} from '../reporting/target.js';
import {byHandPushed} from '../subjects/by-hand-pushed.js';
import {peerKinds} from '../subjects/catalogue.js';
import {ours, oursFair} from '../subjects/ours.js';
import type {Kind} from '../subjects/subject.js';
import type {Run, Scenario} from './scenario.js';

const KINDS = [ours, oursFair, byHandPushed, ...peerKinds];
const PROCESSES = 4;
const TASKS = 8;
const HOLD_MS = 2;
const FOR_MS = 2000;
const QUICK_MS = 1000;
// Time for all to hear of it before they begin together.
const AHEAD_MS = 100;
const TERMS = {ttlMs: 10_000, waitMs: 30_000};
const LIMIT_MS = 40_000;
const SETTING = `${PROCESSES} processes × ${TASKS} tasks, hold ${HOLD_MS} ms`;

async function measure(run: Run): Promise<readonly Row[]> {
  await using nodes = await Nodes.start(1);
  await using agents = new Agents(PROCESSES);
  const at = {urls: nodes.urls, terms: TERMS};
  return await interleave(
    agents.entrants(run.entering(KINDS), at, (kind, round) =>
      take(kind, round, {agents: agents.all, nodes, run}),
    ),
    {setting: SETTING, warmUps: 1, rounds: run.rounds(5), limitMs: LIMIT_MS},
  );
}

async function take(
  {name, plainCommands}: Kind,
  round: number,
  {agents, nodes, run}: {agents: readonly Agent[]; nodes: Nodes; run: Run},
): Promise<Sample> {
  const forMs = run.isQuick ? QUICK_MS : FOR_MS;
  const startAt = nowMs() + AHEAD_MS;
  const contention = {
    resource: `contended:${name}:${round}`,
    tasks: TASKS,
    holdMs: holdMsIn(round, HOLD_MS),
    forMs,
    startAt,
  };
  const answers = Promise.all(agents.map((agent) => agent.ask('contend', name, contention)));
  const before = await nodes.commandCount(plainCommands);
  await Promise.race([delay(startAt + forMs - nowMs()), answers]);
  const commands = (await nodes.commandCount(plainCommands)) - before;
  const results = await answers;
  const handOvers = handOversBetween(results.map(({sections}) => sections.flat()));
  return {
    ...outcomeOf({
      sections: results.flatMap(({sections}) => sections),
      cpuUs: results.reduce((sum, {cpuUs}) => sum + cpuUs, 0),
      commands,
      forMs,
    }),
    handOverP50Ms: percentile(handOvers, 0.5),
    handOverP99Ms: percentile(handOvers, 0.99),
  };
}

/** How long it took, each time that another process came next. */
function handOversBetween(processes: readonly (readonly Section[])[]): readonly number[] {
  const sections = processes
    .flatMap((list, process) =>
      list.map(([acquiredAt, releasedAt]) => ({process, acquiredAt, releasedAt})),
    )
    .toSorted((a, b) => a.acquiredAt - b.acquiredAt);
  return sections.flatMap((section, index) => {
    const before = sections[index - 1];
    if (before === undefined || before.process === section.process) return [];
    return [section.acquiredAt - before.releasedAt];
  });
}

export const contendedAcrossProcesses: Scenario = {
  name: 'contended-across-processes',
  title: 'Many tasks of several processes want it',
  settingHead: 'tasks',
  metrics: [
    {key: 'sectionsPerSecond', head: 'sections/s', digits: 0, better: 'more'},
    {key: 'sectionsPerSecond', head: '÷ by hand', digits: 2, over: byHandPushed.name},
    {key: 'commands', head: 'commands', digits: 2, better: 'less'},
    {key: 'cpuUs', head: 'CPU, µs', digits: 0, better: 'less'},
    {key: 'fairness', head: 'least ÷ most of a task', digits: 2, better: 'more'},
    {key: 'handOverP50Ms', head: 'hand-over p50, ms', digits: 2, better: 'less'},
    {key: 'handOverP99Ms', head: 'hand-over p99, ms', digits: 2, better: 'less'},
  ],
  chart: {
    metric: 'sectionsPerSecond',
    title: 'Many tasks of several processes want it',
    axis: 'sections per second (more is better)',
    unit: 'sections/s',
    scale: 'linear',
    columns: 1,
  },
  targets: [
    target({
      what: `sections/s ÷ by hand: ${SETTING}`,
      of: {
        subject: ours.name,
        setting: SETTING,
        metric: 'sectionsPerSecond',
        over: {subject: byHandPushed.name},
      },
      atLeast: 0.85,
    }),
    target({
      what: `commands per section: ${SETTING}`,
      of: {subject: ours.name, setting: SETTING, metric: 'commands'},
      atMost: 1.5,
    }),
    target({
      what: 'hand-over to another process, p99',
      of: {subject: ours.name, setting: SETTING, metric: 'handOverP99Ms'},
      atMost: 5,
      unit: ' ms',
    }),
    target({
      what: 'commands per section with `fair: true`',
      of: {subject: oursFair.name, setting: SETTING, metric: 'commands'},
      atMost: 2.2,
    }),
    target({
      what: 'sections of the unluckiest task ÷ the luckiest with `fair: true`',
      of: {subject: oursFair.name, setting: SETTING, metric: 'fairness'},
      atLeast: 0.67,
    }),
  ],
  inSummary: () => true,
  measure,
};
