/** What a contender is started with. */
export interface Assignment {
  /** The nodes that vote on the lock. */
  readonly urls: readonly string[];
  /** Where the referee keeps its book. */
  readonly refereeUrl: string;
  readonly resource: string;
  readonly ttlMs: number;
  /** The longest time inside, and the longest rest between two turns; half of it is the shortest. */
  readonly holdMs: number;
  readonly restMs: number;
}
