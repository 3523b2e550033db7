import {setTimeout as delay} from 'node:timers/promises';

import {Agent} from '../agents/agent.js';
import {resourceAt} from '../agents/messages.js';
import {interleave, type Entrant, type Sample} from '../measuring/interleave.js';
import {Nodes} from '../measuring/nodes.js';
import type {Row} from '../reporting/result.js';
import {target, type Bound} from '../reporting/target.js';
import {peerKinds} from '../subjects/catalogue.js';
import {ours} from '../subjects/ours.js';
import type {Kind} from '../subjects/subject.js';
import {twoEvalsha} from '../subjects/two-evalsha.js';
import type {Run, Scenario} from './scenario.js';

const KINDS = [ours, twoEvalsha, ...peerKinds];

interface Size {
  readonly count: number;
  readonly ttlMs: number;
  readonly forMs: number;
}

const FULL: Size = {count: 10_000, ttlMs: 5000, forMs: 20_000};
const QUICK: Size = {count: 300, ttlMs: 2000, forMs: 1500};
const LIMIT_MS = 60_000;
// What is left over from obtaining them is done by then.
const SETTLE_MS = 500;

const settingOf = ({count, ttlMs, forMs}: Size): string =>
  `${count.toLocaleString('en').replace(',', ' ')} locks for ${forMs / 1000} s, ttl ${ttlMs / 1000} s`;

async function measure(run: Run): Promise<readonly Row[]> {
  await using nodes = await Nodes.start(1);
  const size = run.isQuick ? QUICK : FULL;
  return await interleave(
    run.entering(KINDS).map((kind) => entrant(kind, size, nodes)),
    {setting: settingOf(size), warmUps: 0, rounds: run.rounds(1), limitMs: LIMIT_MS},
  );
}

/** In a process of its own, whose memory and time nobody else uses. */
function entrant(kind: Kind, size: Size, nodes: Nodes): Entrant {
  let agent: Agent | undefined;
  const end = async (): Promise<void> => agent?.[Symbol.asyncDispose]();
  return {
    subject: kind.name,
    async take() {
      agent = new Agent();
      const sample = await take(kind, size, nodes, agent);
      await end();
      return sample;
    },
    withdraw: end,
  };
}

async function take(
  kind: Kind,
  {count, ttlMs, forMs}: Size,
  nodes: Nodes,
  agent: Agent,
): Promise<Sample> {
  const {name, plainCommands} = kind;
  const [redis] = nodes.direct;
  if (redis === undefined) throw new Error('There is no node');
  await redis.flushall();
  const keys = Array.from({length: count}, (_, index) => kind.keyOf(resourceAt(index)));
  await agent.ask('open', name, {urls: nodes.urls, terms: {ttlMs, waitMs: 10_000}});
  const bytes = await agent.ask('holdMany', name, {count});
  await delay(SETTLE_MS);
  const atFirst = await redis.mget(keys);
  const before = await nodes.commandCount(plainCommands);
  const watched = await agent.ask('watch', name, {forMs});
  const commands = (await nodes.commandCount(plainCommands)) - before;
  const atLast = await redis.mget(keys);
  const kept = atFirst.filter((token, index) => token !== null && token === atLast[index]).length;
  return {
    cpuPercent: 100 * watched.cpuShare,
    commandsPerSecond: (1000 * commands) / forMs,
    delayP99Ms: watched.delayP99Ms,
    delayMaxMs: watched.delayMaxMs,
    bytes,
    lost: count - kept,
  };
}

const bound = (what: string, metric: string, atMost: number, unit: string): Bound => ({
  what: `${what}: ${settingOf(FULL)}`,
  of: {subject: ours.name, setting: settingOf(FULL), metric},
  atMost,
  unit,
  digits: 1,
});

export const held: Scenario = {
  name: 'held',
  title: 'Very many locks are held',
  settingHead: 'locks',
  metrics: [
    {key: 'cpuPercent', head: 'CPU, % of a core', digits: 1, better: 'less'},
    {key: 'commandsPerSecond', head: 'commands/s', digits: 0, better: 'less'},
    {key: 'delayP99Ms', head: 'loop delay p99, ms', digits: 1, better: 'less'},
    {key: 'delayMaxMs', head: 'max, ms', digits: 1, better: 'less'},
    {key: 'bytes', head: 'bytes per lock', digits: 0, better: 'less'},
    {key: 'lost', head: 'lost', digits: 0, better: 'less'},
  ],
  chart: {
    metric: 'cpuPercent',
    title: 'Very many locks are held and kept alive',
    axis: 'client CPU, per cent of a core (less is better)',
    unit: '% of a core',
    scale: 'linear',
    columns: 1,
  },
  targets: [
    target(bound('client CPU', 'cpuPercent', 10, ' %')),
    target(bound('event-loop delay, p99', 'delayP99Ms', 12, ' ms')),
    target(bound('heap per lock', 'bytes', 1024, ' bytes')),
    target(bound('locks lost', 'lost', 0, '')),
  ],
  inSummary: () => true,
  measure,
};
