import {randomUUID} from 'node:crypto';

import {QuorumError, type NodeError} from '../errors.js';
import type {Node} from '../redis/node.js';
import {
  acquire,
  extend,
  raise,
  leaseNames,
  type AcquireCall,
  type LeaseNames,
} from '../redis/scripts.js';
import {Twins} from '../redis/twins.js';
import {CleanUp} from './clean-up.js';
import type {Clock} from './clock.js';
import {settleFences} from './fence.js';
import {Lease} from './lease.js';
import {nodeErrors, round, yesVotes, type Tally} from './round.js';
import {UnderWay} from './under-way.js';
import {defaultNodeTimeoutMs, fenceTtlMs} from './validity.js';

/** What is asked for. */
export interface LeaseRequest {
  readonly resources: readonly string[];
  readonly ttlMs: number;
}

/** How one attempt ended. */
export type Attempt =
  | {readonly kind: 'won'; readonly value: Lease}
  /** Others hold it: after `waitMs` a quorum of nodes could be free, or as soon as `missing` nodes more are. */
  | {
      readonly kind: 'busy';
      readonly waitMs: number;
      readonly missing: number;
      /** The nodes that said yes. What is told of them next is that they were given back. */
      readonly givenBack: readonly number[];
      /** A key has no time to live, so it will not end by itself. */
      readonly isEndless: boolean;
    }
  /** Nobody knows, because too few nodes answered, or too late. Hopeless when asking again will not change that. */
  | {readonly kind: 'failed'; readonly error: QuorumError; readonly isHopeless: boolean};

/** How a release ended. */
export interface Released {
  readonly outcome: 'freed' | 'denied' | 'unclear';
  readonly listening: number;
}

export interface LeasesOptions {
  readonly nodes: readonly Node[];
  readonly quorum: number;
  readonly clock: Clock;
  readonly keyPrefix: string;
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
  readonly #keyPrefix: string;
  readonly #nodeTimeoutMs: number | undefined;
  readonly #cleanUp: CleanUp;
  readonly #twins: Twins;
  readonly #underWay = new UnderWay();

  constructor({nodes, quorum, clock, keyPrefix, nodeTimeoutMs}: LeasesOptions) {
    this.#nodes = nodes;
    this.#quorum = quorum;
    this.#clock = clock;
    this.#keyPrefix = keyPrefix;
    this.#nodeTimeoutMs = nodeTimeoutMs;
    this.#cleanUp = new CleanUp(clock);
    this.#twins = new Twins(nodes);
  }

  /** What a lease on these resources is called in Redis. */
  names(resources: readonly string[]): LeaseNames {
    return leaseNames(resources.map((resource) => this.#keyPrefix + resource));
  }

  /**
   * Asks every node once, under a new token. What an attempt that is not won may have left behind is freed.
   *
   * @throws {RangeError} when two nodes have turned out to be the same server.
   */
  attempt(request: LeaseRequest): Promise<Attempt> {
    return this.#underWay.during(this.#attempt(request));
  }

  /** Prolongs a lease: `kept`, `denied` when a majority says that it is not ours, else why nobody knows. */
  async extend(
    lease: Lease,
    resources: readonly string[],
    ttlMs: number,
  ): Promise<'kept' | 'denied' | QuorumError> {
    const call = this.#call(lease.names, lease.token, ttlMs);
    const sentAt = this.#clock.now();
    lease.sent(sentAt + ttlMs);
    const tally = await round(this.#nodes, this.#quorum, (node) =>
      extend(node, call, ttlMs, lease.fences),
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
   * @returns `freed` when a quorum confirmed it, `denied` when so many say that it was not ours that none is left; and
   *   how many clients were listening for it, where most were.
   */
  release(lease: Lease): Promise<Released> {
    return this.#underWay.during(this.#release(lease));
  }

  /** Waits for what is under way, also for what is undone after it, and gives up on nodes that do not answer. */
  async close(): Promise<void> {
    await this.#underWay.idle();
    this.#cleanUp.close();
  }

  async #attempt({resources, ttlMs}: LeaseRequest): Promise<Attempt> {
    const call = this.#call(this.names(resources), randomUUID(), ttlMs);
    this.#twins.ask(call.nodeTimeoutMs);
    const sentAt = this.#clock.now();
    const tally = await round(this.#nodes, this.#quorum, (node) => acquire(node, call, ttlMs));
    const lease = await this.#leaseFrom(tally, call, sentAt, ttlMs);
    if (lease instanceof Lease && !this.#twins.areFound) return {kind: 'won', value: lease};

    this.#cleanUpAfter(call, tally, sentAt + ttlMs);
    this.#twins.refuse();
    if (tally.outcome === 'denied') return this.#busy(tally);
    const what = tally.outcome === 'won' ? 'The grant came too late' : 'No quorum for the lock';
    const trouble = lease instanceof Lease ? tally : lease;
    const error = new QuorumError(resources, what, nodeErrors(trouble));
    return {kind: 'failed', error, isHopeless: this.#isHopeless(error)};
  }

  async #release(lease: Lease): Promise<Released> {
    const call = lease.acquisition;
    call.isFreed = true;
    // Counters that lag behind are brought up on the way; the only one there is cannot lag.
    const fences = this.#nodes.length > 1 ? lease.fences : [];
    const tally = await round(this.#nodes, this.#quorum, (node) =>
      this.#cleanUp.free(node, call, fences, lease.endsAt),
    );
    let listening = 0;
    for (const [, clients] of yesVotes(tally)) listening = Math.max(listening, clients);
    return {outcome: tally.outcome === 'won' ? 'freed' : tally.outcome, listening};
  }

  #call(names: LeaseNames, token: string, ttlMs: number): AcquireCall {
    const nodeTimeoutMs = this.#nodeTimeoutMs ?? defaultNodeTimeoutMs(ttlMs);
    return {names, token, fenceTtlMs: fenceTtlMs(ttlMs), nodeTimeoutMs, isFreed: false};
  }

  /** The lease of a vote that was won, if its fences are settled and it is not over by then; else the vote that failed. */
  async #leaseFrom(
    tally: Tally<readonly number[], number>,
    call: AcquireCall,
    sentAt: number,
    ttlMs: number,
  ): Promise<Lease | Tally<unknown, unknown>> {
    if (tally.outcome !== 'won') return tally;
    const grants = new Map(yesVotes(tally));
    const {fences, behind} = settleFences(grants);
    if (behind.length > 0) {
      // The vote was won by as many as it takes, so each that is behind must come up.
      const nodes = this.#nodes.filter(({index}) => behind.includes(index));
      const raised = await round(nodes, nodes.length, (node) => raise(node, call, fences));
      if (raised.outcome !== 'won') return raised;
    }
    const lease = new Lease(call, fences, this.#nodes.length, this.#quorum);
    lease.sent(sentAt + ttlMs);
    for (const node of grants.keys()) lease.confirm(node, sentAt, ttlMs);
    return lease.deadline > this.#clock.now() ? lease : tally;
  }

  /** Sends the release behind the acquire, on the same connections, to nodes that may hold or come to hold something. */
  #cleanUpAfter(call: AcquireCall, tally: Tally<unknown, unknown>, until: number): void {
    call.isFreed = true;
    for (const node of this.#nodes) {
      const ballot = tally.ballots[node.index];
      if (ballot?.vote === 'no' || (ballot?.vote === 'error' && isHopeless(ballot.error))) continue;
      // A first try that fails is followed by others; the outcome of the attempt does not hang on it.
      this.#underWay.during(this.#cleanUp.free(node, call, [], until)).catch(() => {});
    }
  }

  /** When a quorum could be free: nodes that granted are freed at once, those that are silent count as held. */
  #busy(tally: Tally<unknown, number>): Attempt {
    const waits = tally.ballots.map((ballot) => {
      if (ballot?.vote === 'yes') return 0;
      return ballot?.vote === 'no' ? ballot.value : Infinity;
    });
    const inOrder = waits.toSorted((a, b) => a - b);
    const waitMs = inOrder[this.#quorum - 1] ?? Infinity;
    const missing = this.#quorum - yesVotes(tally).length;
    const isEndless = tally.ballots.some(
      (ballot) => ballot?.vote === 'no' && ballot.value === Infinity,
    );
    const givenBack = yesVotes(tally).map(([node]) => node);
    return {kind: 'busy', waitMs, missing, givenBack, isEndless};
  }

  #isHopeless({nodeErrors: errors}: QuorumError): boolean {
    return errors.filter(isHopeless).length > this.#nodes.length - this.#quorum;
  }
}

const isHopeless = ({replyCode = ''}: NodeError): boolean => HOPELESS.has(replyCode);
