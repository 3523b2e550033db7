import type {NodeError} from '../errors.js';
import type {Ask} from '../redis/ask.js';
import type {Question} from '../redis/question.js';
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
  ask(question: Question): void;
}

/**
 * Asks every one of `nodes` at once and settles as soon as the outcome is certain, with what `conclude` makes of it; a
 * slow node is not waited for.
 *
 * A node that fails says neither yes nor no; `onFailed` is told of it, also when the outcome is certain already.
 */
export const round = <Yes, No, T>(
  nodes: readonly Voter[],
  quorum: number,
  ask: Ask<Vote<Yes, No>>,
  conclude: (tally: Tally<Yes, No>) => T | Promise<T>,
  onFailed?: (node: number) => void,
): Promise<T> =>
  new Promise((resolve, reject) => {
    const settle = (tally: Tally<Yes, No>): void => {
      try {
        resolve(conclude(tally));
      } catch (error) {
        reject(error);
      }
    };
    const box = new BallotBox<Yes, No>(ask, nodes, quorum, settle, onFailed);
    for (const node of nodes) node.ask(box);
  });

/** Counts the votes as they come in. */
class BallotBox<Yes, No> implements Question<Vote<Yes, No>> {
  readonly ask: Ask<Vote<Yes, No>>;
  readonly #voters: number;
  readonly #quorum: number;
  /** The others cannot reach a quorum any more once this many are against. */
  readonly #blocking: number;
  readonly #settle: (tally: Tally<Yes, No>) => void;
  readonly #onFailed: ((node: number) => void) | undefined;
  #ballots: (Ballot<Yes, No> | undefined)[];
  #yes = 0;
  #no = 0;
  #errors = 0;
  #isSettled = false;

  constructor(
    ask: Ask<Vote<Yes, No>>,
    nodes: readonly Voter[],
    quorum: number,
    settle: (tally: Tally<Yes, No>) => void,
    onFailed: ((node: number) => void) | undefined,
  ) {
    this.ask = ask;
    this.#voters = nodes.length;
    this.#quorum = quorum;
    this.#blocking = nodes.length - quorum + 1;
    this.#settle = settle;
    this.#onFailed = onFailed;
    this.#ballots = nodes.map(() => undefined);
  }

  isOver(node: number): boolean {
    return this.#ballots[node] !== undefined;
  }

  answered(node: number, vote: Vote<Yes, No>): void {
    if (vote.vote === 'yes') this.#yes += 1;
    else this.#no += 1;
    this.#cast(node, vote);
  }

  failed(error: NodeError): void {
    this.#onFailed?.(error.node);
    this.#errors += 1;
    this.#cast(error.node, {vote: 'error', error});
  }

  #cast(node: number, ballot: Ballot<Yes, No>): void {
    // The tally stays as it was when this was settled.
    if (this.#isSettled) this.#ballots = [...this.#ballots];
    this.#ballots[node] = ballot;
    if (this.#isSettled) return;
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

/** What each node said that said yes, in the order of the nodes; undefined for the others. */
export const yesVotes = <Yes, No>({ballots}: Tally<Yes, No>): readonly (Yes | undefined)[] =>
  ballots.map((ballot) => (ballot?.vote === 'yes' ? ballot.value : undefined));

/** The errors of those that failed. */
export const nodeErrors = (tally: Tally<unknown, unknown>): readonly NodeError[] =>
  tally.ballots.flatMap((ballot) => (ballot?.vote === 'error' ? [ballot.error] : []));
