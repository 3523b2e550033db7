import {type Sample} from '../measuring/interleave.js';
import {Nodes} from '../measuring/nodes.js';
import type {Opened} from '../measuring/opened.js';
import {percentile} from '../measuring/spread.js';
import {takeTurns} from '../measuring/take-turns.js';
import {within} from '../measuring/within.js';
import type {Row} from '../reporting/result.js';
import {target, type Source, type Target} from '../reporting/target.js';
import {peerKinds} from '../subjects/catalogue.js';
import {ours} from '../subjects/ours.js';
import type {Run, Scenario} from './scenario.js';

const KINDS = [ours, ...peerKinds];
const TIMES = 1000;
const QUICK_TIMES = 5;
// Enough for those who need a second each time: they are not asked a thousand times.
const FOR_MS = 1500;
// Longer than a subject may wait by its terms: it hangs.
const HANGING_MS = 4000;
const TERMS = {ttlMs: 10_000, waitMs: 2000};
const LIMIT_MS = 20_000;

// Set for nodes that fail: a broken connection is told at once, and a silent one soon. Without these settings those who
// wait for every node would wait for ever.
const CLIENT = {
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  connectTimeout: 1000,
  commandTimeout: 200,
  retryStrategy: () => 100,
};

/** What becomes of one of the nodes. */
interface Fault {
  readonly setting: string;
  readonly begin: (nodes: Nodes) => Promise<unknown>;
  readonly end: (nodes: Nodes) => Promise<unknown>;
}

const ALIVE = 'all three alive';
const REFUSED = 'one of three refuses';
const HANGING = 'one of three hangs';

const FAULTS: readonly Fault[] = [
  {setting: ALIVE, begin: async () => {}, end: async () => {}},
  {
    setting: REFUSED,
    begin: async ({servers}) => servers[0]?.kill(),
    end: async ({servers}) => servers[0]?.restart(),
  },
  {
    setting: HANGING,
    begin: async ({servers}) => servers[0]?.pause(),
    end: async ({servers}) => servers[0]?.resume(),
  },
];

async function measure(run: Run): Promise<readonly Row[]> {
  await using nodes = await Nodes.start(3);
  const canFault = nodes.servers.every((server) => server.canFault);
  const rows: Row[] = [];
  for (const fault of FAULTS.slice(0, canFault ? FAULTS.length : 1)) {
    rows.push(...(await measureWith(fault, nodes, run)));
    await fault.end(nodes);
  }
  return rows;
}

function measureWith({setting, begin}: Fault, nodes: Nodes, run: Run): Promise<Row[]> {
  const opened = (): Promise<unknown> => begin(nodes);
  return takeTurns(
    run.entering(KINDS),
    {urls: nodes.urls, terms: TERMS, options: CLIENT, opened},
    {setting, warmUps: 1, rounds: run.rounds(4), limitMs: LIMIT_MS},
    (subject, round) => take(subject, `${setting}:${round}`, run.isQuick ? QUICK_TIMES : TIMES),
  );
}

async function take(subject: Opened, name: string, times: number): Promise<Sample> {
  const tookMs: number[] = [];
  let obtained = 0;
  const endsAt = performance.now() + FOR_MS;
  for (let time = 0; time < times && performance.now() < endsAt; time += 1) {
    const startedAt = performance.now();
    const resource = `${subject.kind.name}:${name}:${time}`;
    const held = await within(HANGING_MS, subject.acquire(resource)).catch(() => undefined);
    tookMs.push(performance.now() - startedAt);
    if (held === undefined) continue;
    obtained += 1;
    // Some say that they could not reach all.
    await within(HANGING_MS, held.release()).catch(() => {});
  }
  return {
    p50Ms: percentile(tookMs, 0.5),
    p99Ms: percentile(tookMs, 0.99),
    obtainedPercent: (100 * obtained) / tookMs.length,
  };
}

const at = (setting: string, metric: string): Source => ({subject: ours.name, setting, metric});

const targetsWith = (setting: string): readonly Target[] => [
  target({
    what: `acquire p99 ÷ all alive: ${setting}`,
    of: {...at(setting, 'p99Ms'), over: {setting: ALIVE}},
    atMost: 1.5,
  }),
  target({
    what: `locks obtained: ${setting}`,
    of: at(setting, 'obtainedPercent'),
    atLeast: 100,
    unit: ' %',
    digits: 0,
  }),
];

export const nodeDown: Scenario = {
  name: 'node-down',
  title: 'One node of three is down',
  settingHead: 'nodes',
  metrics: [
    {key: 'p50Ms', head: 'acquire p50, ms', digits: 2, better: 'less'},
    {key: 'p99Ms', head: 'acquire p99, ms', digits: 2, better: 'less'},
    {key: 'obtainedPercent', head: 'obtained, %', digits: 0, better: 'more'},
  ],
  chart: {
    metric: 'p99Ms',
    title: 'Acquire with one node of three down',
    axis: 'milliseconds, p99, on a logarithmic scale (less is better)',
    unit: 'acquire p99 in ms',
    scale: 'log',
    columns: 3,
  },
  targets: [...targetsWith(REFUSED), ...targetsWith(HANGING)],
  inSummary: (setting) => setting !== ALIVE,
  measure,
};
