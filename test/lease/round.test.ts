import {majority} from '#internal/lease/validity.js';
import {nodeErrors, round, yesVotes, type Tally, type Voter} from '#internal/lease/round.js';
import type {Ask} from '#internal/redis/ask.js';
import type {Question} from '#internal/redis/question.js';
import {expect} from 'chai';
import {NodeError} from 'holdfast';

import {flush} from '../flush.js';
import {permutations, seededRandom, shuffle} from '../shuffle.js';

type PlainVote = {readonly vote: 'yes' | 'no'; readonly value: string};
type Vote = 'yes' | 'no' | 'error';
type Outcome = Tally<unknown, unknown>['outcome'];

/** What is asked makes no difference here: the nodes answer as the test says. */
const ASK: Ask<PlainVote> = {
  script: 'raise',
  keys: [],
  args: [],
  timeoutMs: 1000,
  read: () => ({vote: 'yes', value: ''}),
};

/** A vote whose nodes answer when the test says so. */
class Poll {
  readonly asked: number[] = [];
  readonly failed: number[] = [];
  readonly #answers: ((vote: Vote) => void)[] = [];
  tally: Tally<string, string> | undefined;
  readonly settled: Promise<void>;

  constructor(nodes: number, quorum: number) {
    const all = Array.from({length: nodes}, (_, index) => this.#voter(index));
    this.settled = this.#hold(
      round(
        all,
        quorum,
        ASK,
        (tally) => tally,
        (node) => this.failed.push(node),
      ),
    );
  }

  async answer(node: number, answer: Vote): Promise<void> {
    this.#answers[node]?.(answer);
    await flush();
  }

  async #hold(voting: Promise<Tally<string, string>>): Promise<void> {
    this.tally = await voting;
  }

  #voter(index: number): Voter {
    return {
      index,
      ask: (asker: Question) => {
        this.asked.push(index);
        this.#answers[index] = (answer) => {
          if (answer === 'error') asker.failed(new NodeError(index, new Error('down')));
          else asker.answered(index, {vote: answer, value: `${answer} of ${index}`});
        };
      },
    };
  }
}

const VOTES: readonly Vote[] = ['yes', 'no', 'error'];

const count = (votes: readonly Vote[], wanted: Vote): number =>
  votes.filter((each) => each === wanted).length;

/** What has to come of these votes, if nothing is left to be known. */
function verdict(votes: readonly Vote[], nodes: number, quorum: number): Outcome | undefined {
  if (count(votes, 'yes') >= quorum) return 'won';
  if (nodes - count(votes, 'no') < quorum) return 'denied';
  if (nodes - count(votes, 'error') < quorum) return 'unclear';
  return votes.length === nodes ? 'unclear' : undefined;
}

/** Every outcome that can still come of these votes. */
function reachable(votes: readonly Vote[], nodes: number, quorum: number): Set<Outcome> {
  const certain = verdict(votes, nodes, quorum);
  if (certain !== undefined) return new Set([certain]);
  const outcomes = new Set<Outcome>();
  for (const next of VOTES) {
    for (const outcome of reachable([...votes, next], nodes, quorum)) outcomes.add(outcome);
  }
  return outcomes;
}

const assignments = (votes: readonly Vote[], nodes: number): Vote[][] =>
  nodes === 0
    ? [[]]
    : assignments(votes, nodes - 1).flatMap((rest) => votes.map((each) => rest.concat(each)));

function ordersOf(nodes: number): number[][] {
  const all = Array.from({length: nodes}, (_, index) => index);
  if (nodes <= 4) return permutations(all);
  const random = seededRandom(nodes);
  return [all, all.toReversed(), ...Array.from({length: 8}, () => shuffle(all, random))];
}

interface Course {
  readonly name: string;
  readonly poll: Poll;
  /** The votes that had been cast when it was settled, in the order in which they came. */
  readonly cast: readonly Vote[];
  readonly answered: readonly number[];
}

/** Lets the nodes answer in this order until the vote is settled. */
async function hold(
  votes: readonly Vote[],
  order: readonly number[],
  quorum: number,
): Promise<Course> {
  const poll = new Poll(votes.length, quorum);
  const answered: number[] = [];
  for (const node of order) {
    if (poll.tally !== undefined) break;
    answered.push(node);
    await poll.answer(node, votes[node] ?? 'error');
  }
  const cast = answered.map((node) => votes[node] ?? 'error');
  return {name: `${votes.join()} in the order ${order.join()}`, poll, cast, answered};
}

async function* courses(
  possible: readonly Vote[],
  nodes: number,
  quorum: number,
): AsyncGenerator<Course & {readonly votes: readonly Vote[]}> {
  for (const votes of assignments(possible, nodes)) {
    for (const order of ordersOf(nodes)) yield {votes, ...(await hold(votes, order, quorum))};
  }
}

describe('a vote', () => {
  for (const nodes of [1, 2, 3, 4, 5]) {
    const quorums = Array.from(
      {length: nodes - majority(nodes) + 1},
      (_, index) => majority(nodes) + index,
    );
    for (const quorum of quorums) {
      describe(`of ${nodes} with a quorum of ${quorum}`, () => {
        it('is won by a quorum of yes and denied by all else when every node says yes or no', async () => {
          for await (const {name, poll, votes} of courses(['yes', 'no'], nodes, quorum)) {
            const outcome = count(votes, 'yes') >= quorum ? 'won' : 'denied';
            expect(poll.tally?.outcome, name).to.equal(outcome);
          }
        });

        it('is settled rightly, in the first moment in which it is certain, by every yes, no and error', async () => {
          for await (const {name, poll, votes, cast, answered} of courses(VOTES, nodes, quorum)) {
            const ballots = poll.tally?.ballots.map((ballot) => ballot?.vote);
            const inTime = votes.map((each, node) => (answered.includes(node) ? each : undefined));

            const [outcome, ...others] = reachable(cast, nodes, quorum);
            expect(poll.tally?.outcome, name).to.equal(outcome);
            expect(others, name).to.deep.equal([]);
            expect(reachable(cast.slice(0, -1), nodes, quorum).size, name).to.be.above(1);
            expect(poll.tally?.outcome === 'won', name).to.equal(count(votes, 'yes') >= quorum);
            expect(ballots, name).to.deep.equal(inTime);
          }
        });
      });
    }
  }

  it('asks all nodes at once', () => {
    const poll = new Poll(5, 3);

    expect(poll.asked).to.deep.equal([0, 1, 2, 3, 4]);
  });

  it('does not count what comes after it was settled', async () => {
    const poll = new Poll(3, 2);
    for (const node of [0, 1]) await poll.answer(node, 'no');

    await poll.answer(2, 'yes');

    expect(poll.tally?.outcome).to.equal('denied');
    expect(poll.tally?.ballots[2]).to.equal(undefined);
  });

  it('does not wait for nodes that never answer', async () => {
    const won = new Poll(5, 3);
    for (const node of [4, 0, 2]) await won.answer(node, 'yes');
    const denied = new Poll(5, 3);
    for (const node of [1, 3, 2]) await denied.answer(node, 'no');
    const unclear = new Poll(5, 3);
    for (const node of [1, 0, 4]) await unclear.answer(node, 'error');

    const outcomes = [won, denied, unclear].map(({tally}) => tally?.outcome);

    expect(outcomes).to.deep.equal(['won', 'denied', 'unclear']);
  });

  it('settles when an even number of nodes is split in half', async () => {
    const poll = new Poll(4, 3);

    for (const [node, answer] of (['yes', 'no', 'yes', 'no'] as const).entries()) {
      await poll.answer(node, answer);
    }

    expect(poll.tally?.outcome).to.equal('denied');
  });

  it('passes the values and the errors on with the places of their nodes', async () => {
    const poll = new Poll(3, 2);

    await poll.answer(2, 'yes');
    await poll.answer(1, 'error');
    await poll.answer(0, 'yes');
    await poll.settled;
    const {tally = {outcome: 'unclear', ballots: []}} = poll;

    expect(yesVotes(tally)).to.deep.equal(['yes of 0', undefined, 'yes of 2']);
    expect(nodeErrors(tally).map(({node}) => node)).to.deep.equal([1]);
  });

  it('tells of each node that fails, also after the outcome is certain', async () => {
    const poll = new Poll(3, 2);

    await poll.answer(0, 'error');
    await poll.answer(1, 'no');
    await poll.answer(2, 'error');
    await poll.settled;

    expect(poll.failed).to.deep.equal([0, 2]);
  });
});
