import type {NodeError} from '../errors.js';
import type {Ask, Asker} from '../redis/ask.js';
import type {Vote} from '../redis/scripts.js';

/** What became of one node's vote. */
export type Ballot<Yes, No> = Vote<Yes, No> | {readonly vote: 'error'; readonly error: NodeError};

/** The result of a vote. `ballots` has a place for each node, empty where it had not answered when this was settled. */
export interface Tally<Yes, No> {
  /** `won`: a quorum said yes. `denied`: so many said no that no quorum is left. `unclear`: neither. */
  readonly outcome: 'won' | 'denied' | 'unclear';
  readonly ballots: readonly (Ballot<Yes, No> | undefined)[];
}

/** All that a vote needs of a node. */
export interface Voter {
  readonly index: number;
  ask<T>(ask: Ask<T>, asker: Asker<T>): void;
}

/**
 * Asks every one of `nodes` at once and settles as soon as the outcome is certain; a slow node is not waited for.
 *
 * A node that fails says neither yes nor no; `onFailed` is told of it, also when the outcome is certain already.
 */
export const round = <Yes, No>(
  nodes: readonly Voter[],
  quorum: number,
  ask: Ask<Vote<Yes, No>>,
  onFailed?: (node: number) => void,
): Promise<Tally<Yes, No>> =>
  new Promise((resolve) => {
    const box = new BallotBox<Yes, No>(nodes.length, quorum, resolve, onFailed);
    for (const node of nodes) node.ask(ask, box);
  });

/** Counts the votes as they come in. */
class BallotBox<Yes, No> implements Asker<Vote<Yes, No>> {
  readonly #voters: number;
  readonly #quorum: number;
  /** The others cannot reach a quorum any more once this many are against. */
  readonly #blocking: number;
  readonly #settle: (tally: Tally<Yes, No>) => void;
  readonly #onFailed: ((node: number) => void) | undefined;
  readonly #ballots: (Ballot<Yes, No> | undefined)[] = [];
  #yes = 0;
  #no = 0;
  #errors = 0;
  #isSettled = false;

  constructor(
    voters: number,
    quorum: number,
    settle: (tally: Tally<Yes, No>) => void,
    onFailed: ((node: number) => void) | undefined,
  ) {
    this.#voters = voters;
    this.#quorum = quorum;
    this.#blocking = voters - quorum + 1;
    this.#settle = settle;
    this.#onFailed = onFailed;
    for (let node = 0; node < voters; node += 1) this.#ballots.push(undefined);
  }

  answered(node: number, vote: Vote<Yes, No>): void {
    if (this.#isSettled) return;
    if (vote.vote === 'yes') this.#yes += 1;
    else this.#no += 1;
    this.#cast(node, vote);
  }

  failed(error: NodeError): void {
    this.#onFailed?.(error.node);
    if (this.#isSettled) return;
    this.#errors += 1;
    this.#cast(error.node, {vote: 'error', error});
  }

  #cast(node: number, ballot: Ballot<Yes, No>): void {
    this.#ballots[node] = ballot;
    const outcome = this.#outcome;
    if (outcome === undefined) return;
    this.#isSettled = true;
    this.#settle({outcome, ballots: this.#ballots});
  }

  get #outcome(): Tally<Yes, No>['outcome'] | undefined {
    if (this.#yes >= this.#quorum) return 'won';
    if (this.#no >= this.#blocking) return 'denied';
    const left = this.#voters - this.#yes - this.#no - this.#errors;
    const canWin = this.#yes + left >= this.#quorum;
    const canBeDenied = this.#no + left >= this.#blocking;
    const isHopeless = this.#errors >= this.#blocking || !(canWin || canBeDenied);
    return isHopeless ? 'unclear' : undefined;
  }
}

/** The values of those that said yes, each with the place of its node. */
export function yesVotes<Yes, No>(tally: Tally<Yes, No>): readonly (readonly [number, Yes])[] {
  const votes: [number, Yes][] = [];
  tally.ballots.forEach((ballot, index) => {
    if (ballot?.vote === 'yes') votes.push([index, ballot.value]);
  });
  return votes;
}

/** The errors of those that failed. */
export const nodeErrors = (tally: Tally<unknown, unknown>): readonly NodeError[] =>
  tally.ballots.flatMap((ballot) => (ballot?.vote === 'error' ? [ballot.error] : []));
