import {NodeError} from '../errors.js';
import type {Vote} from '../redis/scripts.js';

/** What became of one node's vote. */
export type Ballot<Yes, No> = Vote<Yes, No> | {readonly vote: 'error'; readonly error: NodeError};

/** The result of a vote. `ballots` has a place for each node, empty where it had not answered when this was settled. */
export interface Tally<Yes, No> {
  /** `won`: a quorum said yes. `denied`: so many said no that no quorum is left. `unclear`: neither. */
  readonly outcome: 'won' | 'denied' | 'unclear';
  readonly ballots: readonly (Ballot<Yes, No> | undefined)[];
}

/**
 * Asks every one of `nodes` at once and settles as soon as the outcome is certain; a slow node is not waited for.
 *
 * `ask` rejects with a {@link NodeError} when the node fails, which is neither a yes nor a no. Never rejects with one.
 */
export function round<Yes, No, N>(
  nodes: readonly N[],
  quorum: number,
  ask: (node: N, index: number) => Promise<Vote<Yes, No>>,
): Promise<Tally<Yes, No>> {
  return new Promise((resolve, reject) => {
    const ballots: (Ballot<Yes, No> | undefined)[] = nodes.map(() => undefined);
    // The others cannot reach a quorum any more once this many are against.
    const blocking = nodes.length - quorum + 1;
    let [yes, no, error] = [0, 0, 0];
    let isDecided = false;

    const cast = (index: number, ballot: Ballot<Yes, No>): void => {
      if (isDecided) return;
      ballots[index] = ballot;
      if (ballot.vote === 'yes') yes += 1;
      else if (ballot.vote === 'no') no += 1;
      else error += 1;
      const left = nodes.length - yes - no - error;
      const canWin = yes + left >= quorum;
      const canBeDenied = no + left >= blocking;
      if (yes >= quorum) decide('won');
      else if (no >= blocking) decide('denied');
      else if (error >= blocking || !(canWin || canBeDenied)) decide('unclear');
    };
    const decide = (outcome: Tally<Yes, No>['outcome']): void => {
      isDecided = true;
      resolve({outcome, ballots});
    };

    for (const [index, node] of nodes.entries()) {
      ask(node, index).then(
        (ballot) => cast(index, ballot),
        (cause: unknown) => {
          if (cause instanceof NodeError) cast(index, {vote: 'error', error: cause});
          else reject(cause);
        },
      );
    }
  });
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
