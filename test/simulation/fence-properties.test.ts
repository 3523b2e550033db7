import {expect} from 'chai';
import * as fc from 'fast-check';
import {Locker, type Lock} from 'holdfast';
import {Machine, MemoryRedis, VirtualClock, type Snapshot} from 'holdfast/testing';

import {at} from '../locker/nodes.js';
import {Dice} from './dice.js';

const KINDS = [
  'acquire',
  'acquire',
  'acquire',
  'release',
  'extend',
  'delete',
  'lose',
  'save',
  'roll back',
  'expire',
  'wait',
  'send twice',
] as const;

type Step = readonly [kind: (typeof KINDS)[number], which: number, much: number];

// Longer than a step of the fences' clock, and longer than a counter lives.
const AWAY_MS = 400;
const EXPIRY_MS = 700_000;

const step: fc.Arbitrary<Step> = fc.tuple(
  fc.constantFrom(...KINDS),
  fc.nat({max: 2}),
  fc.nat({max: 7}),
);

/** Three processes and three nodes, to which something happens step by step. */
class Story {
  readonly #clock: VirtualClock;
  readonly #nodes: readonly MemoryRedis[];
  readonly #processes: readonly {
    machine: Machine;
    locker: Locker;
    sendTwice: (node: number) => void;
  }[];
  readonly #locks = new Map<number, Lock>();
  readonly #saved = new Map<number, Snapshot>();
  /** The fences in the order in which they were given. */
  readonly fences: number[] = [];

  constructor(clock: VirtualClock) {
    const {random} = new Dice(1);
    this.#clock = clock;
    this.#nodes = [0, 1, 2].map(() => new MemoryRedis({clock}));
    this.#processes = [0, 1, 2].map(() => {
      const machine = new Machine(clock);
      const links = this.#nodes.map((node) => machine.connect(node, {random}));
      const locker = new Locker(links, {ttlMs: 1000, random, keepAlive: false});
      const sendTwice = (node: number): void => {
        at(links, node).requests = {delayMs: [0, 300], duplicateRate: 1, isUnordered: true};
      };
      return {machine, locker, sendTwice};
    });
  }

  async take([kind, which, much]: Step): Promise<void> {
    const {machine, locker, sendTwice} = at(this.#processes, which);
    const node = at(this.#nodes, which);
    switch (kind) {
      case 'acquire': {
        const lock = await this.#clock.until(
          machine.run(() => locker.tryAcquire('r').catch(() => undefined)),
        );
        if (lock === undefined) return;
        this.#locks.set(which, lock);
        this.fences.push(lock.fence);
        return;
      }
      case 'release':
        await this.#clock.until(machine.run(() => this.#locks.get(which)?.release()));
        return;
      case 'extend':
        await this.#clock.until(
          machine.run(() =>
            this.#locks
              .get(which)
              ?.extend()
              .catch(() => {}),
          ),
        );
        return;
      case 'delete':
        for (const [index, each] of this.#nodes.entries()) {
          if ((much & (1 << index)) > 0) await each.send('DEL', ['lock:r']);
        }
        return;
      case 'save':
        this.#saved.set(which, node.snapshot());
        return;
      case 'lose':
      case 'roll back': {
        const data = kind === 'lose' ? undefined : this.#saved.get(which);
        node.kill();
        await this.#clock.advance(AWAY_MS);
        node.restart(data === undefined ? {} : {data});
        return;
      }
      case 'expire':
        await this.#clock.advance(EXPIRY_MS);
        return;
      case 'wait':
        await this.#clock.advance(4 ** much / 10);
        return;
      case 'send twice':
        sendTwice(much % 3);
        return;
    }
  }
}

describe('the fences of three nodes in memory', function () {
  this.timeout(120_000);

  it('are unique and grow, whatever is deleted, lost, rolled back, expired or sent twice', async () => {
    let given = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, {minLength: 10, maxLength: 60}), async (steps) => {
        using clock = new VirtualClock().install();
        const story = new Story(clock);
        for (const each of steps) await story.take(each);
        const {fences} = story;
        given += fences.length;
        expect(fences).to.deep.equal([...new Set(fences)].toSorted((a, b) => a - b));
      }),
      {numRuns: 400, seed: 3},
    );
    expect(given).to.be.above(500);
  });
});
