import {Dice} from './dice.js';

/**
 * Which assumptions of docs/guarantees.md hold. `kept`: all of them. `forgetting`: nodes lose keys, or come back empty or
 * with an older state, after they were away for a while. `stepping`: the clocks of nodes are set.
 */
export type Kind = 'kept' | 'forgetting' | 'stepping';

/** All that a run is made of; the same for the same seed. */
export interface Plan {
  readonly seed: number;
  readonly kind: Kind;
  readonly nodes: number;
  readonly processes: number;
  readonly tasks: number;
  readonly resources: number;
  readonly ttlMs: number;
  /** @defaultValue that of the library */
  readonly nodeTimeoutMs: number | undefined;
  /** Whether sections are as short as can be. */
  readonly isHasty: boolean;
  /** For how long sections are begun, and faults happen. */
  readonly activeMs: number;
  /** How often a fault begins. */
  readonly faultEveryMs: number;
  /** How often a node that comes back without its data has an older state, and is not empty. */
  readonly rollBackRate: number;
  /** Whether the clock of such a node is set back as well, which nothing can bear. */
  readonly isSetBack: boolean;
  /** Whether nothing goes wrong but that locks are deleted. */
  readonly isCalm: boolean;
  /** How messages fare when nothing is wrong. */
  readonly delayMs: readonly [number, number];
  readonly duplicateRate: number;
  readonly isUnordered: boolean;
}

/** What a test wants to be so in all its plans. */
export type Wish = Partial<Omit<Plan, 'seed'>>;

export function planOf(seed: number, wish: Wish = {}): Plan {
  const dice = new Dice(seed);
  const chance = dice.random();
  return {
    seed,
    kind: chance < 0.6 ? 'kept' : chance < 0.85 ? 'forgetting' : 'stepping',
    nodes: dice.pick([1, 3, 3, 3, 5]),
    processes: dice.whole(2, 4),
    tasks: dice.pick([1, 1, 2]),
    resources: dice.pick([1, 1, 1, 2]),
    ttlMs: dice.pick([250, 400, 800]),
    activeMs: dice.pick([500, 1000, 2000]),
    faultEveryMs: dice.pick([60, 150, 400]),
    delayMs: dice.pick([
      [0, 1],
      [0, 3],
      [1, 10],
    ]),
    rollBackRate: 0.5,
    isSetBack: false,
    isCalm: false,
    isHasty: false,
    nodeTimeoutMs: undefined,
    duplicateRate: 0,
    isUnordered: false,
    ...wish,
  };
}
