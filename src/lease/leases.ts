import {randomUUID} from 'node:crypto';

import {QuorumError, type NodeError} from '../errors.js';
import type {Node} from '../redis/node.js';
import {acquire, extend, raise, type AcquireReply, type Call} from '../redis/scripts.js';
import {CleanUp} from './clean-up.js';
import type {Clock} from './clock.js';
import {areFences, settleFences} from './fence.js';
import {Lease} from './lease.js';
import {nodeErrors, round, yesVotes, type Ballot, type Tally} from './round.js';
import {defaultNodeTimeoutMs, fenceTtlMs, quorumTime} from './validity.js';

/** What is asked for: the keys of the resources, how long they shall live, and how long a node may take. */
export interface LeaseRequest {
  readonly resources: readonly string[];
  readonly keys: readonly string[];
  readonly ttlMs: number;
}

/** How one attempt ended. */
export type Attempt =
  | {readonly kind: 'won'; readonly value: Lease}
  /** Others hold it: after `waitMs` a quorum of nodes could be free. */
  | {readonly kind: 'busy'; readonly waitMs: number}
  /** Nobody knows, because too few nodes answered, or too late. Hopeless when asking again will not change that. */
  | {readonly kind: 'failed'; readonly error: QuorumError; readonly isHopeless: boolean};

export interface LeasesOptions {
  readonly nodes: readonly Node[];
  readonly quorum: number;
  readonly clock: Clock;
  /** How long a node may take to answer. By default a few per cent of the lease. */
  readonly nodeTimeoutMs: number | undefined;
}

// Answers that stay the same however often a server is asked: somebody must mend a key, a permission or a name.
const HOPELESS = new Set(['WRONGTYPE', 'NOPERM', 'NOAUTH', 'WRONGPASS', 'CROSSSLOT', 'FENCE']);

/** Takes, extends and frees leases on all nodes at once, by vote. */
export class Leases {
  readonly #nodes: readonly Node[];
  readonly #quorum: number;
  readonly #clock: Clock;
  readonly #nodeTimeoutMs: number | undefined;
  readonly #cleanUp: CleanUp;

  constructor({nodes, quorum, clock, nodeTimeoutMs}: LeasesOptions) {
    this.#nodes = nodes;
    this.#quorum = quorum;
    this.#clock = clock;
    this.#nodeTimeoutMs = nodeTimeoutMs;
    this.#cleanUp = new CleanUp(clock);
  }

  /** Asks every node once, under a new token. What an attempt that is not won may have left behind is freed. */
  async attempt({resources, keys, ttlMs}: LeaseRequest): Promise<Attempt> {
    const call = this.#call(keys, randomUUID(), ttlMs);
    const sentAt = this.#clock.now();
    const tally = await round(this.#nodes, this.#quorum, (node) => askFor(node, call, ttlMs));

    if (tally.outcome === 'won') {
      const fences = await this.#agreeOnFences(call, tally);
      if (fences !== undefined) {
        const lease = new Lease(keys, call.token, fences, this.#nodes.length, this.#quorum);
        for (const [node] of yesVotes(tally)) lease.confirm(node, sentAt, ttlMs);
        if (lease.deadline > this.#clock.now()) return {kind: 'won', value: lease};
      }
    }
    this.#cleanUpAfter(call, tally, sentAt + ttlMs);
    if (tally.outcome === 'denied') return {kind: 'busy', waitMs: this.#waitMs(tally)};
    const what = tally.outcome === 'won' ? 'The grant came too late' : 'No quorum for the lock';
    const error = new QuorumError(resources, what, nodeErrors(tally));
    return {kind: 'failed', error, isHopeless: this.#isHopeless(error)};
  }

  /** Prolongs a lease: `kept`, `denied` when a majority says that it is not ours, else why nobody knows. */
  async extend(
    lease: Lease,
    resources: readonly string[],
    ttlMs: number,
  ): Promise<'kept' | 'denied' | QuorumError> {
    const call = this.#call(lease.keys, lease.token, ttlMs);
    const sentAt = this.#clock.now();
    const tally = await round<true, undefined, Node>(this.#nodes, this.#quorum, async (node) =>
      yesOrNo(await extend(node, call, ttlMs, lease.fences)),
    );
    for (const [node, ballot] of tally.ballots.entries()) {
      if (ballot?.vote === 'yes') lease.confirm(node, sentAt, ttlMs);
      if (ballot?.vote === 'no') lease.forget(node);
    }
    if (tally.outcome === 'won') return 'kept';
    if (tally.outcome === 'denied') return 'denied';
    return new QuorumError(resources, 'No quorum to extend the lock', nodeErrors(tally));
  }

  /**
   * Frees a lease on all nodes. Never rejects: what does not answer is asked again behind the scenes.
   *
   * @returns `freed` when a quorum confirmed it, `denied` when so many say that it was not ours that none is left.
   */
  async release(lease: Lease, ttlMs: number): Promise<'freed' | 'denied' | 'unclear'> {
    const call = this.#call(lease.keys, lease.token, ttlMs);
    const until = this.#clock.now() + ttlMs;
    const tally = await round<true, undefined, Node>(this.#nodes, this.#quorum, async (node) => {
      const freed = await this.#cleanUp.free(node, call, lease.fences, until);
      return yesOrNo(freed === lease.fences.length);
    });
    return tally.outcome === 'won' ? 'freed' : tally.outcome;
  }

  close(): void {
    this.#cleanUp.close();
  }

  #call(keys: readonly string[], token: string, ttlMs: number): Call {
    const nodeTimeoutMs = this.#nodeTimeoutMs ?? defaultNodeTimeoutMs(ttlMs);
    return {keys, token, fenceTtlMs: fenceTtlMs(ttlMs), nodeTimeoutMs};
  }

  /** The fences of a won vote, once a quorum of nodes stands at them; undefined when it cannot be had. */
  async #agreeOnFences(
    call: Call,
    tally: Tally<readonly number[], number>,
  ): Promise<readonly number[] | undefined> {
    const grants = new Map(yesVotes(tally));
    const {fences, behind} = settleFences(grants);
    if (behind.length === 0) return fences;

    const missing = this.#quorum - (grants.size - behind.length);
    const raised = await round<true, undefined, number>(behind, missing, async (index) =>
      yesOrNo(await raise(this.#node(index), call, fences)),
    );
    return raised.outcome === 'won' ? fences : undefined;
  }

  /** Sends the release behind the acquire, on the same connections. A node that said no holds nothing of ours. */
  #cleanUpAfter(call: Call, tally: Tally<unknown, unknown>, until: number): void {
    for (const node of this.#nodes) {
      if (tally.ballots[node.index]?.vote === 'no') continue;
      this.#cleanUp.free(node, call, [], until).catch(ignoreNodeError);
    }
  }

  /** When a quorum could be free: nodes that granted are freed at once, those that are silent count as held. */
  #waitMs(tally: Tally<unknown, number>): number {
    const waits = tally.ballots.map((ballot) => {
      if (ballot?.vote === 'yes') return 0;
      return ballot?.vote === 'no' ? ballot.value : Infinity;
    });
    // The quorum-th earliest is the latest but one, and so on: the same pick from the other end.
    return -quorumTime(
      waits.map((waitMs) => -waitMs),
      this.#quorum,
    );
  }

  #isHopeless({nodeErrors: errors}: QuorumError): boolean {
    const hopeless = errors.filter(({replyCode = ''}) => HOPELESS.has(replyCode));
    return hopeless.length > this.#nodes.length - this.#quorum;
  }

  #node(index: number): Node {
    const node = this.#nodes[index];
    if (node === undefined) throw new Error(`There is no node ${index}`);
    return node;
  }
}

async function askFor(
  node: Node,
  call: Call,
  ttlMs: number,
): Promise<Ballot<readonly number[], number>> {
  const reply: AcquireReply = await acquire(node, call, ttlMs);
  if (!reply.granted) return {vote: 'no', value: reply.waitMs};
  return areFences(reply.fences) ? {vote: 'yes', value: reply.fences} : {vote: 'no', value: 0};
}

const yesOrNo = (isYes: boolean): Ballot<true, undefined> =>
  isYes ? {vote: 'yes', value: true} : {vote: 'no', value: undefined};

// The failed try is followed by others; the outcome of the attempt does not hang on it.
function ignoreNodeError(_error: NodeError): void {}
