import type {Moment} from './moment.js';

/** Who of the two writes here. */
export type Side = 'main' | 'worker';

// Places in the memory, each a whole number of 64 bits.
const IS_OVER = 0;
const SIDES = {main: 0, worker: 1} as const;
const PER_NODE = 2;

const PER_MS = 1000;

/**
 * What two threads tell each other about one lease, in memory that both see at once: until when each node has confirmed
 * it, and whether its owner has ended it.
 *
 * Each place is written by one thread only. A reader may find one clock of a moment newer than the other; as the sooner
 * of the two counts, that is never too long.
 */
export class Ledger {
  readonly memory: SharedArrayBuffer;
  readonly #cells: BigInt64Array;
  readonly #nodes: number;
  readonly #side: Side;
  #heard = 0n;

  constructor(nodes: number, side: Side, memory?: SharedArrayBuffer) {
    this.#nodes = nodes;
    this.#side = side;
    this.memory = memory ?? new SharedArrayBuffer((1 + 2 * (1 + PER_NODE * nodes)) * 8);
    this.#cells = new BigInt64Array(this.memory);
  }

  /** Tells the other side until when each node has confirmed it; undefined for one that does not hold it. */
  publish(untils: readonly (Moment | undefined)[]): void {
    const version = this.#start(this.#side);
    for (const [node, until] of untils.entries()) {
      const at = version + 1 + PER_NODE * node;
      Atomics.store(this.#cells, at, toCell(until?.wallMs));
      Atomics.store(this.#cells, at + 1, toCell(until?.monotonicMs));
    }
    Atomics.add(this.#cells, version, 1n);
  }

  /** What the other side has told; nothing when that has been heard before. */
  news(): readonly (Moment | undefined)[] | undefined {
    const at = this.#start(this.#side === 'main' ? 'worker' : 'main');
    const version = Atomics.load(this.#cells, at);
    if (version === this.#heard) return undefined;
    this.#heard = version;
    return Array.from({length: this.#nodes}, (_, node) => {
      const wallMs = fromCell(Atomics.load(this.#cells, at + 1 + PER_NODE * node));
      const monotonicMs = fromCell(Atomics.load(this.#cells, at + 2 + PER_NODE * node));
      return wallMs === 0 || monotonicMs === 0 ? undefined : {wallMs, monotonicMs};
    });
  }

  /** For the owner: it is released or lost, and must not be extended any more. */
  end(): void {
    Atomics.store(this.#cells, IS_OVER, 1n);
  }

  get isOver(): boolean {
    return Atomics.load(this.#cells, IS_OVER) === 1n;
  }

  #start(side: Side): number {
    return 1 + SIDES[side] * (1 + PER_NODE * this.#nodes);
  }
}

const toCell = (ms: number | undefined): bigint => BigInt(Math.floor((ms ?? 0) * PER_MS));
const fromCell = (cell: bigint): number => Number(cell) / PER_MS;
