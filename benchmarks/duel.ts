import type {Redis} from 'ioredis';

import {commandCount} from './command-count.js';
import {run, type Load, type Sample} from './load.js';
import {spreadOf, type Spread} from './spread.js';
import type {Subject} from './subject.js';

/** How one of two subjects did. */
export interface Side {
  readonly opsPerSecond: Spread;
  readonly cpuUsPerSection: Spread;
  readonly commandsPerNodeAndSection: number;
}

/** How two subjects did under the same load, and ours divided by the floor, round by round. */
export interface DuelResult {
  readonly ours: Side;
  readonly floor: Side;
  readonly timeRatio: Spread;
  readonly cpuRatio: Spread;
}

export interface DuelOptions {
  readonly ours: Subject;
  readonly floor: Subject;
  /** The nodes, for counting their commands. */
  readonly nodes: readonly Redis[];
  readonly load: Load;
  readonly warmUps: number;
  readonly rounds: number;
}

interface Round extends Sample {
  readonly commands: number;
}

/** Lets the two take turns, so that whatever else the machine does meets both. */
export async function duel(options: DuelOptions): Promise<DuelResult> {
  const {ours, floor, load, warmUps, rounds} = options;
  for (let count = 0; count < warmUps; count += 1) {
    await run(ours, load);
    await run(floor, load);
  }
  const pairs: {ours: Round; floor: Round}[] = [];
  for (let count = 0; count < rounds; count += 1) {
    // Each goes first in every other round: being second may be easier, or harder.
    const first = await measure(count % 2 === 0 ? ours : floor, options);
    const second = await measure(count % 2 === 0 ? floor : ours, options);
    pairs.push(count % 2 === 0 ? {ours: first, floor: second} : {ours: second, floor: first});
  }
  return {
    ours: side(pairs.map((pair) => pair.ours)),
    floor: side(pairs.map((pair) => pair.floor)),
    timeRatio: spreadOf(pairs.map((pair) => pair.ours.wallUs / pair.floor.wallUs)),
    cpuRatio: spreadOf(pairs.map((pair) => pair.ours.cpuUs / pair.floor.cpuUs)),
  };
}

async function measure(subject: Subject, {load, nodes}: DuelOptions): Promise<Round> {
  const before = await commandCount(nodes);
  const sample = await run(subject, load);
  const commands = (await commandCount(nodes)) - before;
  const sections = Math.ceil(load.sections / load.inFlight) * load.inFlight;
  return {...sample, commands: commands / nodes.length / sections};
}

function side(rounds: readonly Round[]): Side {
  return {
    opsPerSecond: spreadOf(rounds.map(({wallUs}) => 1e6 / wallUs)),
    cpuUsPerSection: spreadOf(rounds.map(({cpuUs}) => cpuUs)),
    commandsPerNodeAndSection: spreadOf(rounds.map(({commands}) => commands)).median,
  };
}
