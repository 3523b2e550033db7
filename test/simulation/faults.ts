import type {
  Link,
  Machine,
  MemoryRedis,
  SkewedClock,
  Snapshot,
  VirtualClock,
  Way,
} from 'holdfast/testing';

import type {Dice} from './dice.js';
import type {History} from './history.js';
import type {Plan} from './plan.js';

/** One node, with its clock. */
export interface SimulatedNode {
  readonly name: string;
  readonly redis: MemoryRedis;
  readonly time: SkewedClock;
}

/** One process, with its links to the nodes. */
export interface SimulatedProcess {
  readonly name: string;
  readonly machine: Machine;
  readonly links: readonly Link[];
  /** Since when it has not been stopped. */
  awakeSince: number;
}

export interface World {
  readonly plan: Plan;
  readonly dice: Dice;
  readonly clock: VirtualClock;
  readonly history: History;
  readonly nodes: readonly SimulatedNode[];
  readonly processes: readonly SimulatedProcess[];
}

// A node that forgets comes back only after a step of the fences' clock, and the difference between the nodes' clocks.
const AWAY_MS: readonly [number, number] = [450, 900];

/** Makes things go wrong from time to time, and right again. */
export class Faults {
  readonly #world: World;
  /** What ends the faults that are on. */
  readonly #ends = new Set<() => void>();
  readonly #busy = new Set<unknown>();
  readonly #snapshots = new Map<SimulatedNode, Snapshot>();

  constructor(world: World) {
    this.#world = world;
  }

  /** Goes on until the active time is over, and then ends what is still wrong. */
  async run(): Promise<void> {
    const {clock, dice, plan} = this.#world;
    while (clock.monotonic() < plan.activeMs) {
      await clock.sleep(dice.between(0, 2 * plan.faultEveryMs));
      this.#begin();
    }
    for (const end of this.#ends) end();
    while (this.#busy.size > 0) await clock.sleep(AWAY_MS[0]);
  }

  #begin(): void {
    const {dice, plan} = this.#world;
    const faults = [
      () => this.#ways(),
      () => this.#ways(),
      () => this.#cut(),
      () => this.#pause(),
      () => this.#restart(),
      () => this.#freeze(),
      () => this.#freeze(),
      () => this.#stepProcess(),
      () => this.#forgetScripts(),
      () => this.#kill(),
    ];
    const own = {
      kept: [],
      forgetting: [
        () => this.#deleteLocks(),
        () => this.#deleteLocks(),
        () => this.#restartWithout(),
        () => this.#restartWithout(),
      ],
      stepping: [() => this.#stepNode(), () => this.#stepNode(), () => this.#stepNode()],
    };
    if (plan.isCalm) this.#deleteLocks();
    else dice.pick([...faults, ...own[plan.kind]])();
  }

  /** Something is wrong with `what` for a while; not twice at a time. */
  #for(what: object, ms: number, begin: string, end: () => void): void {
    const {clock, history} = this.#world;
    this.#busy.add(what);
    history.note(`${begin} for ${ms.toFixed(0)} ms`);
    const stop = (): void => {
      if (!this.#ends.delete(stop)) return;
      this.#busy.delete(what);
      history.note(`${begin}: over`);
      end();
    };
    this.#ends.add(stop);
    clock.schedule(ms, stop);
  }

  #while(): number {
    const {dice, plan} = this.#world;
    return dice.between(5, dice.pick([0.2, 1, 2]) * plan.ttlMs);
  }

  #ways(): void {
    const {dice, processes, plan, nodes} = this.#world;
    const process = dice.pick(processes);
    const all = dice.happens(0.3);
    const place = dice.whole(0, nodes.length - 1);
    const links = process.links.filter((_, index) => all || index === place);
    const way = (): Way => ({
      delayMs: dice.pick([plan.delayMs, [0, 20], [10, 60], [0, 0.6 * plan.ttlMs]]),
      isUnordered: dice.happens(0.5),
      lossRate: dice.pick([0, 0, 0.2, 1]),
      duplicateRate: dice.pick([0, 0.3, 1]),
    });
    for (const link of links) {
      if (this.#busy.has(link)) continue;
      const {requests, replies} = link;
      if (dice.happens(0.7)) link.requests = way();
      if (dice.happens(0.7)) link.replies = way();
      const which = all ? 'all nodes' : `node ${place}`;
      this.#for(link, this.#while(), `${process.name} reaches ${which} badly`, () => {
        link.requests = requests;
        link.replies = replies;
      });
    }
  }

  #cut(): void {
    const {dice, processes} = this.#world;
    const process = dice.pick(processes);
    const place = dice.whole(0, process.links.length - 1);
    const link = process.links[place];
    if (link === undefined || !process.machine.isRunning || this.#busy.has(link)) return;
    link.cut();
    this.#for(link, this.#while(), `${process.name} is cut off from node ${place}`, () => {
      link.mend();
    });
  }

  #node(): SimulatedNode | undefined {
    const node = this.#world.dice.pick(this.#world.nodes);
    return this.#busy.has(node) ? undefined : node;
  }

  #pause(): void {
    const node = this.#node();
    if (node === undefined) return;
    node.redis.pause();
    this.#for(node, this.#while(), `${node.name} hangs`, () => node.redis.resume());
  }

  #restart(): void {
    const node = this.#node();
    if (node === undefined) return;
    node.redis.kill();
    this.#for(node, this.#while(), `${node.name} is down`, () => {
      node.redis.restart({keepData: true});
    });
  }

  /** It comes back empty, or with what it had some time ago. */
  #restartWithout(): void {
    const {clock, dice, history, plan} = this.#world;
    const node = this.#node();
    if (node === undefined) return;
    const older = this.#snapshots.get(node);
    if (older === undefined || dice.happens(0.3)) {
      this.#snapshots.set(node, node.redis.snapshot());
      history.note(`${node.name} is saved`);
      if (older === undefined && dice.happens(0.5)) return;
    }
    node.redis.kill();
    const data = dice.happens(plan.rollBackRate) ? older : undefined;
    const what = data === undefined ? 'empty' : 'with an older state';
    const awayMs = dice.between(...AWAY_MS);
    history.note(`${node.name} is down, to come back ${what} after ${awayMs.toFixed(0)} ms`);
    // To come back sooner would be against the assumptions, also in the end.
    this.#busy.add(node);
    clock.schedule(awayMs, () => {
      this.#busy.delete(node);
      history.note(`${node.name} is back`);
      if (plan.isSetBack) node.time.step(-60_000);
      node.redis.restart(data === undefined ? {} : {data});
    });
  }

  #deleteLocks(): void {
    const {dice, history, nodes, plan} = this.#world;
    const resource = `r${dice.whole(0, plan.resources - 1)}`;
    const some = nodes.filter(() => dice.happens(0.6));
    history.note(`${some.map(({name}) => name).join(', ')} forgets the lock on ${resource}`);
    for (const {redis} of some) redis.send('DEL', [`lock:${resource}`]).catch(() => {});
  }

  #forgetScripts(): void {
    const {dice, nodes} = this.#world;
    dice
      .pick(nodes)
      .redis.send('SCRIPT', ['FLUSH'])
      .catch(() => {});
  }

  #freeze(): void {
    const {dice, processes} = this.#world;
    const process = dice.pick(processes);
    const {machine, name} = process;
    if (!machine.isRunning || this.#busy.has(machine)) return;
    machine.freeze();
    this.#for(machine, this.#while(), `${name} is stopped`, () => {
      machine.thaw();
      process.awakeSince = this.#world.clock.monotonic();
    });
  }

  /** The first process lives on, to see that all comes right in the end. */
  #kill(): void {
    const {dice, history, processes} = this.#world;
    const [first] = processes;
    const process = dice.pick(processes);
    if (process === first || this.#busy.has(process.machine) || !dice.happens(0.5)) return;
    history.note(`${process.name} is killed`);
    process.machine.kill();
  }

  #stepProcess(): void {
    const {dice, history, processes} = this.#world;
    const {machine, name} = dice.pick(processes);
    const ms = dice.between(-5000, 5000);
    history.note(`the time of day of ${name} is set by ${ms.toFixed(0)} ms`);
    machine.clocks.step(ms);
  }

  #stepNode(): void {
    const {dice, history, nodes} = this.#world;
    const {name, time} = dice.pick(nodes);
    const ms = dice.pick([dice.between(-2000, 2000), dice.between(-60_000, 60_000)]);
    history.note(`the clock of ${name} is set by ${ms.toFixed(0)} ms`);
    time.step(ms);
  }
}
