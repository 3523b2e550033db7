import {run as runLoad, type Load} from '../measuring/load.js';
import {Nodes} from '../measuring/nodes.js';
import type {Opened} from '../measuring/opened.js';
import {takeTurns} from '../measuring/take-turns.js';
import type {Row} from '../reporting/result.js';
import {target, type Target} from '../reporting/target.js';
import {peerKinds} from '../subjects/catalogue.js';
import {ours} from '../subjects/ours.js';
import {twoEvalsha} from '../subjects/two-evalsha.js';
import type {Run, Scenario} from './scenario.js';

const KINDS = [ours, twoEvalsha, ...peerKinds];
const NODES = [1, 3, 5];
const IN_FLIGHT = [1, 64, 1000];
// Where one comes after the other, the code would become hot only at the end.
const WARM_UP_IN_FLIGHT = 64;
// All have the same time, long enough for the code of the fast ones to be hot.
const FOR_MS = 500;
const QUICK_MS = 20;
const TERMS = {ttlMs: 10_000, waitMs: 10_000};
const LIMIT_MS = 20_000;

async function measure(run: Run): Promise<readonly Row[]> {
  await using nodes = await Nodes.start(Math.max(...NODES));
  const rows: Row[] = [];
  for (const count of NODES) {
    const some = nodes.first(count);
    for (const inFlight of IN_FLIGHT) rows.push(...(await measureAt(some, inFlight, run)));
    some.disconnect();
  }
  return rows;
}

function measureAt(nodes: Nodes, inFlight: number, run: Run): Promise<Row[]> {
  const forMs = run.isQuick ? QUICK_MS : FOR_MS;
  return takeTurns(
    run.entering(KINDS),
    {urls: nodes.urls, terms: TERMS},
    {
      setting: settingOf(nodes.servers.length, inFlight),
      warmUps: run.isQuick ? 1 : 2,
      rounds: run.rounds(7),
      limitMs: LIMIT_MS,
    },
    (subject, round) => {
      const isWarmUp = round < 0;
      const load = isWarmUp ? Math.max(inFlight, WARM_UP_IN_FLIGHT) : inFlight;
      return take(subject, {inFlight: load, forMs}, nodes);
    },
  );
}

async function take(subject: Opened, load: Load, nodes: Nodes): Promise<Record<string, number>> {
  const {plainCommands} = subject.kind;
  const before = await nodes.commandCount(plainCommands);
  const {sections, wallUs, cpuUs} = await runLoad(subject, load);
  const commands = (await nodes.commandCount(plainCommands)) - before;
  return {
    sectionsPerSecond: 1e6 / wallUs,
    cpuUs,
    commands: commands / sections / nodes.servers.length,
  };
}

const settingOf = (nodes: number, inFlight: number): string =>
  `${nodes === 1 ? '1 node' : `${nodes} nodes`}, ${inFlight === 1 ? 'one after the other' : `${inFlight} in flight`}`;

const againstFloor = (nodes: number, inFlight: number, atLeast: number): Target =>
  target({
    what: `sections/s ÷ by hand: ${settingOf(nodes, inFlight)}`,
    of: {
      subject: ours.name,
      setting: settingOf(nodes, inFlight),
      metric: 'sectionsPerSecond',
      over: {subject: twoEvalsha.name},
    },
    atLeast,
  });

const cpuAgainstFloor = (nodes: number, inFlight: number): Target =>
  target({
    what: `client CPU ÷ by hand: ${settingOf(nodes, inFlight)}`,
    of: {
      subject: ours.name,
      setting: settingOf(nodes, inFlight),
      metric: 'cpuUs',
      over: {subject: twoEvalsha.name},
    },
    atMost: 1,
  });

const commandsOf = (nodes: number): Target =>
  target({
    what: `commands per node and section: ${settingOf(nodes, 1)}`,
    of: {subject: ours.name, setting: settingOf(nodes, 1), metric: 'commands'},
    atMost: 2,
  });

export const uncontended: Scenario = {
  name: 'uncontended',
  title: 'Nobody else wants it: acquire and release',
  settingHead: 'nodes and load',
  metrics: [
    {key: 'sectionsPerSecond', head: 'sections/s', digits: 0, better: 'more'},
    {key: 'sectionsPerSecond', head: '÷ by hand', digits: 2, over: twoEvalsha.name},
    {key: 'cpuUs', head: 'CPU, µs', digits: 0, better: 'less'},
    {key: 'cpuUs', head: 'CPU ÷ by hand', digits: 2, over: twoEvalsha.name},
    {key: 'commands', head: 'commands per node', digits: 2, better: 'less'},
  ],
  chart: {
    metric: 'sectionsPerSecond',
    title: 'Acquire and release, nobody else wants it',
    axis: 'sections per second (more is better)',
    unit: 'sections/s',
    scale: 'linear',
    columns: 3,
  },
  targets: [
    ...[1, 3].map((nodes) => againstFloor(nodes, 1, 0.9)),
    ...[1, 3].map(commandsOf),
    ...[64, 1000].map((inFlight) => againstFloor(1, inFlight, 1.8)),
    ...[64, 1000].map((inFlight) => againstFloor(3, inFlight, 3)),
    ...[1, 3].flatMap((nodes) => [64, 1000].map((inFlight) => cpuAgainstFloor(nodes, inFlight))),
  ],
  inSummary: (setting) =>
    [settingOf(1, 1), settingOf(1, 1000), settingOf(3, 1000)].includes(setting),
  measure,
};
