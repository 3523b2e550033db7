import {setTimeout as delay} from 'node:timers/promises';

import {until} from '../../test/until.js';
import {Candidates} from '../agents/candidates.js';
import {interleave, type Sample} from '../measuring/interleave.js';
import {Nodes} from '../measuring/nodes.js';
import {nowMs} from '../measuring/now.js';
import {percentile} from '../measuring/spread.js';
import type {Row} from '../reporting/result.js';
import {target} from '../reporting/target.js';
import {ours} from '../subjects/ours.js';
import type {Run, Scenario} from './scenario.js';

const NODES = [1, 3];
const FOLLOWERS = 10;
const RESIGNATIONS = 10;
const QUICK_RESIGNATIONS = 2;
// No heartbeat of the leader within the time in which the commands of its followers are counted.
const LONG_TTL_MS = 60_000;
const SHORT_TTL_MS = 3000;
const COUNT_MS = 1500;
const QUICK_COUNT_MS = 300;
const QUIET_MS = 300;
const PATIENCE_MS = 20_000;
const LIMIT_MS = 60_000;

const RESIGNED = 'the leader resigns';
const KILLED = `the leader is killed, ttl ${SHORT_TTL_MS / 1000} s`;
const WAITING = `${FOLLOWERS} followers while it leads`;

const settingOf = (what: string, nodes: number): string =>
  `${what}, ${nodes === 1 ? '1 node' : `${nodes} nodes`}`;

async function measure(run: Run): Promise<readonly Row[]> {
  await using all = await Nodes.start(Math.max(...NODES));
  const turns = {warmUps: 0, rounds: run.rounds(3), limitMs: LIMIT_MS};
  const rows: Row[] = [];
  for (const [what, take] of [
    [RESIGNED, afterResignations],
    [KILLED, afterKill],
    [WAITING, ofFollowers],
  ] as const) {
    for (const count of run.isQuick ? NODES.slice(0, 1) : NODES) {
      const nodes = all.first(count);
      const setting = settingOf(what, count);
      const entrants = run.entering([ours]).map(({name}) => ({
        subject: name,
        take: (round: number) => take(nodes, `${setting}:${round}`, run),
      }));
      rows.push(...(await interleave(entrants, {...turns, setting})));
      nodes.disconnect();
    }
  }
  return rows;
}

/** A leader, and others in another process who would be. */
interface Contest {
  readonly leader: Candidates;
  readonly followers: Candidates;
}

/** Does something when the one leads and the others wait. */
async function withContest<T>(
  nodes: Nodes,
  {name, ttlMs}: {readonly name: string; readonly ttlMs: number},
  work: (contest: Contest) => Promise<T>,
): Promise<T> {
  const {urls} = nodes;
  await using leader = new Candidates({urls, name, ttlMs, count: 1});
  await until(() => leader.leads, PATIENCE_MS);
  await using followers = new Candidates({urls, name, ttlMs, count: FOLLOWERS});
  // Each of them has a connection to ask, and one to hear of the leader.
  await until(async () => (await nodes.clientCount()) > 2 * FOLLOWERS, PATIENCE_MS);
  await until(() => isQuiet(nodes), PATIENCE_MS);
  return await work({leader, followers});
}

/** Whether all that had to be sent for everyone to become a follower has been sent. */
async function isQuiet(nodes: Nodes): Promise<boolean> {
  const before = await nodes.commandCount();
  await delay(QUIET_MS);
  return (await nodes.commandCount()) === before;
}

function afterResignations(nodes: Nodes, name: string, run: Run): Promise<Sample> {
  return withContest(nodes, {name, ttlMs: LONG_TTL_MS}, async ({leader, followers}) => {
    const tookMs: number[] = [];
    for (let time = 0; time < (run.isQuick ? QUICK_RESIGNATIONS : RESIGNATIONS); time += 1) {
      tookMs.push(await takeOverMs([leader, followers]));
    }
    return {takeOverMs: percentile(tookMs, 0.5), worstMs: Math.max(...tookMs)};
  });
}

/** Has the one that leads resign. @returns how long it took until another one led */
async function takeOverMs(all: readonly Candidates[]): Promise<number> {
  const leader = all.find(({leads}) => leads);
  const before = leader?.lastly('resigns');
  leader?.resign();
  await until(() => leader?.lastly('resigns') !== before, PATIENCE_MS);
  const resignedAt = leader?.lastly('resigns') ?? Number.NaN;
  const successors = (): readonly number[] =>
    all.map((each) => each.lastly('leads')).filter((at) => at > resignedAt);
  await until(() => successors().length > 0, PATIENCE_MS);
  return Math.min(...successors()) - resignedAt;
}

function afterKill(nodes: Nodes, name: string): Promise<Sample> {
  return withContest(nodes, {name, ttlMs: SHORT_TTL_MS}, async ({leader, followers}) => {
    const killedAt = nowMs();
    await leader.kill();
    await until(() => followers.leads, PATIENCE_MS);
    const tookMs = followers.lastly('leads') - killedAt;
    return {takeOverMs: tookMs, worstMs: tookMs};
  });
}

function ofFollowers(nodes: Nodes, name: string, run: Run): Promise<Sample> {
  return withContest(nodes, {name, ttlMs: LONG_TTL_MS}, async () => {
    const forMs = run.isQuick ? QUICK_COUNT_MS : COUNT_MS;
    const before = await nodes.commandCount();
    await delay(forMs);
    const commands = (await nodes.commandCount()) - before;
    return {commandsPerSecond: (1000 * commands) / forMs / nodes.servers.length};
  });
}

export const election: Scenario = {
  name: 'election',
  title: 'A leader is followed by another one',
  settingHead: 'what happens',
  metrics: [
    {key: 'takeOverMs', head: 'take-over p50, ms', digits: 1, better: 'less'},
    {key: 'worstMs', head: 'worst, ms', digits: 1, better: 'less'},
    {key: 'commandsPerSecond', head: 'commands/s and node', digits: 1, better: 'less'},
  ],
  chart: {
    metric: 'takeOverMs',
    title: 'From the end of a leader to the next one, in another process',
    axis: 'milliseconds (less is better)',
    unit: 'ms to the next leader',
    scale: 'linear',
    columns: 2,
  },
  targets: NODES.flatMap((nodes) => [
    target({
      what: `take-over within the ttl and a beat: ${settingOf(KILLED, nodes)}`,
      of: {subject: ours.name, setting: settingOf(KILLED, nodes), metric: 'takeOverMs'},
      atMost: SHORT_TTL_MS + SHORT_TTL_MS / 3,
      unit: ' ms',
      digits: 0,
    }),
    target({
      what: `commands per second: ${settingOf(WAITING, nodes)}`,
      of: {subject: ours.name, setting: settingOf(WAITING, nodes), metric: 'commandsPerSecond'},
      atMost: 0,
      digits: 1,
    }),
  ]),
  inSummary: () => false,
  measure,
};
