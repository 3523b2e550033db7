/** For how long too few nodes are free: the `quorum`-th shortest of their waits. */
export const quorumWait = (waits: readonly number[], quorum: number): number =>
  waits.toSorted((a, b) => a - b)[quorum - 1] ?? Infinity;

/** A little longer, by chance, so that those who sleep until the same moment do not wake together. */
export const padded = (ms: number, random: () => number): number =>
  ms + 1 + random() * Math.min(50, ms / 10);

/** How long to leave nodes alone that could not be asked: twice as long each time, up to about a second. */
export const troubleMs = (failures: number, random: () => number): number =>
  10 * 2 ** Math.min(failures, 7) * (0.5 + random() / 2);

/**
 * When so many nodes could be free that the lock can be had, by what they last said and by what was told since.
 *
 * Each node counts by itself: a holder extends on the nodes that it has, and notices of some nodes may get lost.
 */
export class Forecast {
  readonly #quorum: number;
  readonly #now: () => number;
  #told = new Map<number, number>();
  #freeAt: readonly number[] = [];

  constructor(quorum: number, now: () => number) {
    this.#quorum = quorum;
    this.#now = now;
  }

  /** Forgets everything: the nodes are about to be asked. What is told from now on may be newer than their answers. */
  reset(): void {
    this.#told = new Map();
    this.#freeAt = [];
  }

  /** The nodes have said for how long they are held. Beyond `longestMs` that is not believed. */
  answered(waits: readonly number[], longestMs: number): void {
    const now = this.#now();
    this.#freeAt = waits.map((ms) => now + Math.min(ms, longestMs));
  }

  /** A holder has told that a node keeps its lock for so much longer. */
  extended(node: number, ttlMs: number): void {
    this.#told.set(node, Math.max(this.#told.get(node) ?? 0, this.#now() + ttlMs));
  }

  /** For how much longer holders have told that they go on; not above 0 when the lock may be free. */
  get leftMs(): number {
    if (this.#told.size === 0) return 0;
    const now = this.#now();
    const waits = this.#freeAt.map((at, node) => Math.max(at, this.#told.get(node) ?? at) - now);
    return quorumWait(waits, this.#quorum);
  }
}
