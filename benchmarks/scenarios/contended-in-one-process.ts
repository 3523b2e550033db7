import {contend, holdMsIn, outcomeOf} from '../measuring/contention.js';
import type {Sample} from '../measuring/interleave.js';
import {Nodes} from '../measuring/nodes.js';
import type {Opened} from '../measuring/opened.js';
import {takeTurns} from '../measuring/take-turns.js';
import type {Row} from '../reporting/result.js';
import {target} from '../reporting/target.js';
import {byHandPushed} from '../subjects/by-hand-pushed.js';
import {peerKinds} from '../subjects/catalogue.js';
import {localMutex} from '../subjects/local-mutex.js';
import {ours, oursFair} from '../subjects/ours.js';
import type {Run, Scenario} from './scenario.js';

const KINDS = [ours, oursFair, localMutex, byHandPushed, ...peerKinds];
const TASKS = 50;
const HOLD_MS = 1;
const FOR_MS = 1500;
const QUICK_MS = 1000;
const TERMS = {ttlMs: 10_000, waitMs: 30_000};
const LIMIT_MS = 30_000;
const SETTING = `${TASKS} tasks, hold ${HOLD_MS} ms`;

async function measure(run: Run): Promise<readonly Row[]> {
  await using nodes = await Nodes.start(1);
  return await takeTurns(
    run.entering(KINDS),
    {urls: nodes.urls, terms: TERMS},
    {setting: SETTING, warmUps: 1, rounds: run.rounds(5), limitMs: LIMIT_MS},
    (subject, round) => take(subject, round, nodes, run),
  );
}

async function take(subject: Opened, round: number, nodes: Nodes, run: Run): Promise<Sample> {
  const {name, plainCommands} = subject.kind;
  const forMs = run.isQuick ? QUICK_MS : FOR_MS;
  const before = await nodes.commandCount(plainCommands);
  const {result, gone} = await contend(subject, {
    resource: `contended:${name}:${round}`,
    tasks: TASKS,
    holdMs: holdMsIn(round, HOLD_MS),
    forMs,
  });
  const commands = (await nodes.commandCount(plainCommands)) - before;
  await gone;
  return outcomeOf({...result, commands, forMs});
}

export const contendedInOneProcess: Scenario = {
  name: 'contended-in-one-process',
  title: 'Many tasks of one process want it',
  settingHead: 'tasks',
  metrics: [
    {key: 'sectionsPerSecond', head: 'sections/s', digits: 0, better: 'more'},
    {key: 'sectionsPerSecond', head: '÷ mutex', digits: 2, over: localMutex.name},
    {key: 'commands', head: 'commands', digits: 2, better: 'less'},
    {key: 'cpuUs', head: 'CPU, µs', digits: 0, better: 'less'},
    {key: 'fairness', head: 'least ÷ most of a task', digits: 2, better: 'more'},
  ],
  chart: {
    metric: 'sectionsPerSecond',
    title: 'Many tasks of one process want it',
    axis: 'sections per second (more is better)',
    unit: 'sections/s',
    scale: 'linear',
    columns: 1,
  },
  targets: [
    target({
      what: `sections/s ÷ local mutex: ${SETTING}`,
      of: {
        subject: ours.name,
        setting: SETTING,
        metric: 'sectionsPerSecond',
        over: {subject: localMutex.name},
      },
      atLeast: 0.8,
    }),
    target({
      what: `commands per section: ${SETTING}`,
      of: {subject: ours.name, setting: SETTING, metric: 'commands'},
      atMost: 1.2,
    }),
    target({
      what: `sections of the unluckiest task ÷ the luckiest: ${SETTING}`,
      // One turn is as near as it can come.
      of: {subject: ours.name, setting: SETTING, metric: 'fairness'},
      atLeast: 0.9,
    }),
  ],
  inSummary: () => true,
  measure,
};
