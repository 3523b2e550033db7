// How soon another one leads, and what followers cost: node election.js [--rounds n] [--quick]
import {Locker} from 'holdfast';
import {LeaderElection, type Term} from 'holdfast/election';
import {Redis} from 'ioredis';
import {fork, type ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {setTimeout as delay} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';

import {Nodes} from './measuring/nodes.js';
import {nowMs} from './measuring/now.js';
import {spreadOf, type Spread} from './measuring/spread.js';
import {spreadText} from './reporting/cells.js';
import {keep} from './reporting/keep.js';
import {machineLine, machineOf} from './reporting/machine.js';
import {table} from './reporting/text-table.js';

const PROGRAM = fileURLToPath(import.meta.url);
const RESULT = fileURLToPath(new URL('results/election.json', import.meta.url));
const FOLLOWERS = 10;
const NODES = [1, 3];
const TTL_MS = 1000;
// For a resignation, a lease that could not end meanwhile.
const LONG_TTL_MS = 60_000;

/** What a process is told: to let so many candidates campaign, or to resign. */
type Order =
  | {
      readonly urls: readonly string[];
      readonly name: string;
      readonly candidates: number;
      readonly ttlMs: number;
    }
  | 'resign';

/** What it tells: that one of its candidates leads, or that the callback of the leader has returned. */
interface Report {
  readonly event: 'leads' | 'returns';
  readonly atMs: number;
}

const report = (event: Report['event']): void => void process.send?.({event, atMs: nowMs()});

function beCandidates(): void {
  let current: Term | undefined;
  const lead = async (term: Term): Promise<void> => {
    report('leads');
    current = term;
    await new Promise((resolve) => term.signal.addEventListener('abort', resolve));
    report('returns');
  };
  process.on('message', (order: Order) => {
    if (order === 'resign') {
      void current?.resign();
      return;
    }
    const {urls, name, candidates, ttlMs} = order;
    for (let count = 0; count < candidates; count += 1) {
      const locker = new Locker(urls.map((url) => new Redis(url)));
      // One that has led does not come back.
      void new LeaderElection(locker, name, {ttlMs, pauseMs: LONG_TTL_MS}).run(lead);
    }
  });
  process.on('disconnect', () => process.exit());
}

/** Candidates in a process of their own. */
class Candidates implements Disposable {
  readonly #child: ChildProcess = fork(PROGRAM, ['--candidates']);

  constructor(order: Order) {
    this.#child.send(order);
  }

  /** Resolves to the time at which it happened. */
  async told(event: Report['event']): Promise<number> {
    for (;;) {
      const [told] = (await once(this.#child, 'message')) as [Report];
      if (told.event === event) return told.atMs;
    }
  }

  resign(): void {
    this.#child.send('resign');
  }

  /** @returns the time at which it was killed. */
  kill(): number {
    this.#child.kill('SIGKILL');
    return nowMs();
  }

  [Symbol.dispose](): void {
    this.#child.kill('SIGKILL');
  }
}

interface Row {
  readonly nodes: number;
  readonly resignedMs: Spread;
  readonly killedMs: Spread;
  readonly leaderCommands: Spread;
  readonly followerCommands: Spread;
}

interface Round {
  readonly resignedMs: number;
  readonly killedMs: number;
  /** Per second and node, of the leader alone and of all followers. */
  readonly leaderCommands: number;
  readonly followerCommands: number;
}

async function measure(nodes: Nodes, watchMs: number): Promise<Round> {
  const {urls, direct} = nodes;
  let names = 0;
  const scene = async (ttlMs: number) => {
    names += 1;
    const order = {urls, name: `election:${process.hrtime.bigint()}:${names}`, ttlMs};
    const leader = new Candidates({...order, candidates: 1});
    await leader.told('leads');
    return {leader, join: () => new Candidates({...order, candidates: FOLLOWERS})};
  };
  const perSecond = async (): Promise<number> => {
    const before = await nodes.commandCount();
    const startedAt = nowMs();
    await delay(watchMs);
    const count = (await nodes.commandCount()) - before;
    return (1000 * count) / (nowMs() - startedAt) / urls.length;
  };
  const short = await scene(TTL_MS);
  const leaderCommands = await perSecond();
  using heirs = short.join();
  await allWait(direct);
  const together = await perSecond();
  const heir = heirs.told('leads');
  const killedAt = short.leader.kill();
  const killedMs = (await heir) - killedAt;

  const long = await scene(LONG_TTL_MS);
  using leader = long.leader;
  using followers = long.join();
  await allWait(direct);
  const ends = Promise.all([leader.told('returns'), followers.told('leads')]);
  leader.resign();
  const [returnedAt, ledAt] = await ends;
  return {
    resignedMs: ledAt - returnedAt,
    killedMs,
    leaderCommands,
    followerCommands: Math.max(0, together - leaderCommands),
  };
}

/** Resolves when all followers wait, and have done what that takes. */
async function allWait(nodes: readonly Redis[]): Promise<void> {
  const listening = async (): Promise<boolean> => {
    const counts = await Promise.all(
      nodes.map(async (redis) => {
        const [channel] = (await redis.pubsub('CHANNELS', '*released')) as string[];
        if (channel === undefined) return 0;
        const [, count] = await redis.pubsub('NUMSUB', channel);
        return Number(count);
      }),
    );
    return counts.every((count) => count >= FOLLOWERS);
  };
  while (!(await listening())) await delay(20);
  await delay(2 * TTL_MS);
}

async function main(): Promise<void> {
  const {values} = parseArgs({
    options: {rounds: {type: 'string', default: '7'}, quick: {type: 'boolean', default: false}},
  });
  const rounds = values.quick ? 1 : Number(values.rounds);
  const watchMs = values.quick ? 500 : 3000;
  await using all = await Nodes.start(Math.max(...NODES));
  const [first] = all.direct;
  if (first === undefined) throw new Error('There is no node');
  const machine = await machineOf(first);
  const rows: Row[] = [];
  for (const count of NODES) {
    const nodes = all.first(count);
    const measured: Round[] = [];
    for (let round = 0; round < rounds; round += 1) measured.push(await measure(nodes, watchMs));
    nodes.disconnect();
    rows.push(rowOf(count, measured));
  }
  const heads = [
    'nodes',
    'after a resignation, ms',
    `after SIGKILL (ttl ${TTL_MS} ms), ms`,
    'leader, commands/s',
    `${FOLLOWERS} followers, commands/s`,
  ];
  const lines = rows.map((row) => [
    String(row.nodes),
    spreadText(row.resignedMs, 1),
    spreadText(row.killedMs, 0),
    spreadText(row.leaderCommands, 1),
    spreadText(row.followerCommands, 1),
  ]);
  const title = 'Elections: how soon another one leads, and what that costs each node';
  const legend = `median (min–max) of ${rounds} rounds`;
  const text = [title, machineLine(machine), legend, '', table(heads, lines)].join('\n');
  process.stdout.write(`${text}\n`);
  if (!values.quick) await keep(RESULT, {scenario: 'election', machine, rounds, rows});
}

const rowOf = (nodes: number, rounds: readonly Round[]): Row => ({
  nodes,
  resignedMs: spreadOf(rounds.map(({resignedMs}) => resignedMs)),
  killedMs: spreadOf(rounds.map(({killedMs}) => killedMs)),
  leaderCommands: spreadOf(rounds.map(({leaderCommands}) => leaderCommands)),
  followerCommands: spreadOf(rounds.map(({followerCommands}) => followerCommands)),
});

if (process.argv.includes('--candidates')) beCandidates();
else await main();
