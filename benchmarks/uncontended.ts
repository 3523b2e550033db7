import {Redis} from 'ioredis';
import {parseArgs} from 'node:util';

import {startRedisNodes} from '../test/redis/start-redis-nodes.js';
import {duel, type DuelResult} from './duel.js';
import {Floor} from './floor.js';
import type {Load} from './load.js';
import {Ours} from './ours.js';
import {keep, machineLine, machineOf} from './report.js';
import {spreadText, table} from './table.js';

interface Row extends DuelResult {
  readonly nodes: number;
  readonly inFlight: number;
}

const NODES = [1, 3, 5];
const LOADS: readonly Load[] = [
  {inFlight: 1, sections: 1000},
  {inFlight: 64, sections: 3200},
  {inFlight: 1000, sections: 5000},
];
const QUICK_SHARE = 0.04;

const {values} = parseArgs({
  options: {rounds: {type: 'string', default: '7'}, quick: {type: 'boolean', default: false}},
});
const rounds = values.quick ? 1 : Number(values.rounds);
const warmUps = values.quick ? 1 : 3;

const LEGEND = [
  `median (min–max) of ${rounds} rounds, in which both take turns`,
  'time, CPU: of the client for one section, ours ÷ floor; cmds: per node and section',
];

async function measure(urls: readonly string[], {inFlight, sections}: Load): Promise<Row> {
  const share = values.quick ? QUICK_SHARE : 1 / Math.sqrt(urls.length);
  const load = {inFlight, sections: Math.ceil(sections * share)};
  const ours = new Ours(urls);
  const floor = await Floor.open(urls);
  const nodes = urls.map((url) => new Redis(url));
  try {
    const result = await duel({ours, floor, nodes, load, warmUps, rounds});
    return {nodes: urls.length, inFlight, ...result};
  } finally {
    await Promise.all([ours.close(), floor.close()]);
    for (const node of nodes) node.disconnect();
  }
}

function toText(rows: readonly Row[]): string {
  const heads = [
    'nodes',
    'in flight',
    'ours, ops/s',
    'floor, ops/s',
    'time',
    'CPU',
    'cmds',
    'floor',
  ];
  const lines = rows.map(({nodes, inFlight, ours, floor, timeRatio, cpuRatio}) => [
    String(nodes),
    String(inFlight),
    spreadText(ours.opsPerSecond, 0),
    spreadText(floor.opsPerSecond, 0),
    spreadText(timeRatio, 2),
    spreadText(cpuRatio, 2),
    ours.commandsPerNodeAndSection.toFixed(2),
    floor.commandsPerNodeAndSection.toFixed(2),
  ]);
  return table(heads, lines);
}

async function main(): Promise<void> {
  const servers = await startRedisNodes(Math.max(...NODES));
  const urls = servers.map(({url}) => url);
  const first = new Redis(urls[0] ?? '');
  try {
    const machine = await machineOf(first);
    const rows: Row[] = [];
    for (const count of NODES) {
      for (const load of LOADS) rows.push(await measure(urls.slice(0, count), load));
    }
    const title = 'Uncontended: acquire and release, against two EVALSHA by hand';
    const text = [title, machineLine(machine), ...LEGEND, '', toText(rows)].join('\n');
    process.stdout.write(`${text}\n`);
    // A quick run shows that the benchmark works, not what it measures.
    if (!values.quick) await keep('uncontended', {scenario: 'uncontended', machine, rounds, rows});
  } finally {
    first.disconnect();
    await Promise.all(servers.map((server) => server.stop()));
  }
}

await main();
