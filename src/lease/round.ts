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
    const ballots = Array.from<Ballot<Yes, No> | undefined>({length: nodes.length});
    const counts = {yes: 0, no: 0, error: 0};
    // The others cannot reach a quorum any more once this many are against.
    const blocking = nodes.length - quorum + 1;

    const decided = (): Tally<Yes, No>['outcome'] | undefined => {
      if (counts.yes >= quorum) return 'won';
      if (counts.no >= blocking) return 'denied';
      if (counts.error >= blocking) return 'unclear';
      const left = nodes.length - counts.yes - counts.no - counts.error;
      const isOpen = counts.yes + left >= quorum || counts.no + left >= blocking;
      return isOpen ? undefined : 'unclear';
    };

    const cast = (index: number, ballot: Ballot<Yes, No>): void => {
      if (decided() !== undefined) return;
      ballots[index] = ballot;
      counts[ballot.vote] += 1;
      const outcome = decided();
      if (outcome !== undefined) resolve({outcome, ballots});
    };

    for (const [index, node] of nodes.entries()) {
      ask(node, index).then(
        (ballot) => cast(index, ballot),
        (error: unknown) => {
          if (error instanceof NodeError) cast(index, {vote: 'error', error});
          else reject(error);
        },
      );
    }
  });
}

/** The values of those that said yes, each with the place of its node. */
export function* yesVotes<Yes, No>(tally: Tally<Yes, No>): Generator<readonly [number, Yes]> {
  for (const [index, ballot] of tally.ballots.entries()) {
    if (ballot?.vote === 'yes') yield [index, ballot.value];
  }
}

/** The errors of those that failed. */
export const nodeErrors = (tally: Tally<unknown, unknown>): readonly NodeError[] =>
  tally.ballots.flatMap((ballot) => (ballot?.vote === 'error' ? [ballot.error] : []));
