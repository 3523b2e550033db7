import {QuorumError, type NodeError} from '../errors.js';
import type {Ask} from '../redis/ask.js';
import type {Node} from '../redis/node.js';
import {
  acquire,
  announce,
  extend,
  leave,
  raise,
  release,
  type AcquireCall,
  LeaseNames,
  type PlainVote,
  type ReleaseVote,
} from '../redis/scripts.js';
import {Twins} from '../redis/twins.js';
import {CleanUp} from './clean-up.js';
import type {Clock} from './clock.js';
import {settleFences, type Fences, type Grants} from './fence.js';
import {Lease} from './lease.js';
import {nodeErrors, round, yesVotes, type Tally} from './round.js';
import type {Tokens} from './token.js';
import {UnderWay} from './under-way.js';
import {fenceTtlMs, leastMs, patientNodeTimeoutMs} from './validity.js';

/** What is asked for. */
export interface LeaseRequest {
  readonly resources: readonly string[];
  readonly ttlMs: number;
  /** How much longer a lease stays closed that ended by itself. */
  readonly lockDelayMs: number;
  readonly label: string | undefined;
}

/** How one attempt ended. */
export type Attempt =
  | {readonly kind: 'won'; readonly value: Lease}
  | {
      /** Others hold it. */
      readonly kind: 'busy';
      /** In how many ms each node could be free: 0 for one that said yes and is given back, `Infinity` for a silent one. */
      readonly waits: readonly number[];
      /** A key has no time to live, so it will not end by itself. */
      readonly isEndless: boolean;
    }
  /** Nobody knows, because too few nodes answered, or too late. Hopeless when asking again will not change that. */
  | {readonly kind: 'failed'; readonly error: QuorumError; readonly isHopeless: boolean};

/** How a release ended: `denied` when so many nodes say that it was not ours that no quorum is left. */
export type Released = 'freed' | 'denied' | 'unclear';

/** An acquisition that was sent to the nodes. */
interface Sent {
  readonly call: AcquireCall;
  readonly ttlMs: number;
  /** Before the first byte of it. */
  readonly at: number;
}

type AcquireTally = Tally<readonly number[], number>;
type ReleaseTally = Tally<number, undefined>;

export interface LeasesOptions {
  readonly nodes: readonly Node[];
  readonly quorum: number;
  readonly clock: Clock;
  readonly tokens: Tokens;
  readonly keyPrefix: string;
  /** How long a node may take to answer. By default a few per cent of the lease, and more where that turns out too short. */
  readonly nodeTimeoutMs: number | undefined;
  /** Told of every release that is not put off, and how many clients were listening for it, where most were. */
  readonly onReleased?: ((names: LeaseNames, listening: number) => void) | undefined;
}

// Answers that stay the same however often a server is asked: somebody must mend a key, a permission or a name.
const HOPELESS = new Set(['WRONGTYPE', 'NOPERM', 'NOAUTH', 'WRONGPASS', 'CROSSSLOT', 'FENCE']);

/** Takes, extends and frees leases on all nodes at once, by vote. */
export class Leases {
  readonly #nodes: readonly Node[];
  readonly #quorum: number;
  readonly #clock: Clock;
  readonly #tokens: Tokens;
  readonly #keyPrefix: string;
  readonly #nodeTimeoutMs: number | undefined;
  readonly #onReleased: LeasesOptions['onReleased'];
  readonly #cleanUp: CleanUp;
  readonly #twins: Twins;
  readonly #underWay = new UnderWay();
  /** Whether a quorum has ever answered. */
  #isConnected = false;

  constructor(options: LeasesOptions) {
    const {nodes, quorum, clock, tokens, keyPrefix, nodeTimeoutMs, onReleased} = options;
    this.#nodes = nodes;
    this.#quorum = quorum;
    this.#clock = clock;
    this.#tokens = tokens;
    this.#keyPrefix = keyPrefix;
    this.#nodeTimeoutMs = nodeTimeoutMs;
    this.#onReleased = onReleased;
    this.#cleanUp = new CleanUp(clock);
    this.#twins = new Twins(nodes);
  }

  /** The only node; undefined where several vote. */
  get onlyNode(): Node | undefined {
    return this.#nodes.length === 1 ? this.#nodes[0] : undefined;
  }

  /** What a lease on these resources is called in Redis. */
  names(resources: readonly string[]): LeaseNames {
    return new LeaseNames(resources, this.#keyPrefix);
  }

  /** An acquisition that has not been sent yet, under a new token. */
  begin({resources, ttlMs, lockDelayMs, label}: LeaseRequest, failures = 0): AcquireCall {
    const token = this.#tokens.next(label);
    return this.#call(this.names(resources), token, ttlMs, lockDelayMs, failures);
  }

  /**
   * How long a node may take to answer, after so many attempts in a row that too few have answered. Until a quorum has
   * ever answered, connections may still have to be made, which is given all the time that there is.
   */
  nodeTimeoutMs(ttlMs: number, failures = 0): number {
    if (this.#nodeTimeoutMs !== undefined) return this.#nodeTimeoutMs;
    this.#isConnected ||= this.#nodes.filter((node) => node.hasAnswered).length >= this.#quorum;
    return patientNodeTimeoutMs(ttlMs, this.#isConnected ? failures : Infinity);
  }

  /**
   * Asks every node once, under a new token. What an attempt that is not won may have left behind is freed.
   *
   * @param failures how many attempts in a row have failed before.
   * @param at a time before this call, from which the lease is counted.
   * @throws {RangeError} when two nodes have turned out to be the same server.
   */
  attempt(request: LeaseRequest, failures = 0, at: number = this.#clock.now()): Promise<Attempt> {
    const {ttlMs} = request;
    const call = this.begin(request, failures);
    this.#twins.ask(call.nodeTimeoutMs);
    this.#underWay.begin();
    return round(this.#nodes, this.#quorum, acquire(call, ttlMs), (tally) =>
      this.#conclude(tally, {call, ttlMs, at}),
    );
  }

  /** Prolongs a lease: `kept`, `denied` when a majority says that it is not ours, else why nobody knows. */
  extend(lease: Lease, ttlMs: number): Promise<'kept' | 'denied' | QuorumError> {
    const {lockDelayMs} = lease.acquisition;
    const call = this.#call(lease.names, lease.token, ttlMs, lockDelayMs);
    const sentAt = this.#clock.now();
    lease.sent(sentAt + ttlMs + lockDelayMs);
    const ask = extend(call, ttlMs, lease.fences);
    const voting = round(this.#nodes, this.#quorum, ask, (tally) => {
      for (const [node, ballot] of tally.ballots.entries()) {
        if (ballot?.vote === 'yes') lease.confirm(node, sentAt, ttlMs);
        if (ballot?.vote === 'no') lease.forget(node);
      }
      return keptOf(tally, lease, 'No quorum to extend the lock');
    });
    if (lease.announced !== undefined) this.#tell(lease);
    return voting;
  }

  /** Lets a value stand beside the locks for as long as the lease lives. Resolves as {@link extend} does. */
  announce(lease: Lease, value: string): Promise<'kept' | 'denied' | QuorumError> {
    lease.announced = value;
    return round(this.#nodes, this.#quorum, announcementOf(lease), (tally) =>
      keptOf(tally, lease, 'No quorum to announce a value beside the lock'),
    );
  }

  /**
   * Gives a lease up on all nodes: frees it, or lets it end after `leaveMs`. Never rejects: what does not answer is asked
   * again behind the scenes.
   */
  release(lease: Lease, leaveMs = 0): Promise<Released> {
    const call = lease.acquisition;
    call.isFreed = true;
    this.#underWay.begin();
    const ask = leaveMs > 0 ? this.#leave(lease, leaveMs) : this.#free(lease);
    const conclude = (tally: ReleaseTally): Released => {
      // Not sooner: a node that has yet to be sent the text of the script would take the value away before the lock.
      this.#takeBack(lease);
      this.#underWay.end();
      if (leaveMs === 0) this.#onReleased?.(lease.names, mostListening(tally));
      return tally.outcome === 'won' ? 'freed' : tally.outcome;
    };
    return round(this.#nodes, this.#quorum, ask, conclude, (index) => {
      const node = this.#nodes[index];
      if (node !== undefined) this.#cleanUp.retry(node, ask, lease.endsAt);
    });
  }

  #free({acquisition, fences}: Lease): Ask<ReleaseVote> {
    // Counters that lag behind are brought up on the way; the only one there is cannot lag.
    return release(acquisition, this.#nodes.length > 1 ? fences : []);
  }

  #leave({acquisition, fences}: Lease, leaveMs: number): Ask<ReleaseVote> {
    return leave({...acquisition, fenceTtlMs: fenceTtlMs(leaveMs)}, leaveMs, fences);
  }

  /** Waits for what is under way, also for what is undone after it, and gives up on nodes that do not answer. */
  async close(): Promise<void> {
    await this.#underWay.idle();
    this.#cleanUp.close();
  }

  /** What the holder of a lease has announced ends. */
  #takeBack(lease: Lease): void {
    if (lease.announced === undefined) return;
    lease.announced = undefined;
    this.#tell(lease);
  }

  /** Tells the nodes again what is announced, or not any more. Where that fails it is told again, or ends by itself. */
  #tell(lease: Lease): void {
    const ask = announcementOf(lease);
    for (const node of this.#nodes) node.run(ask).catch(() => {});
  }

  /** What a vote for an acquisition comes to. The usual case needs nothing more of the nodes. */
  #conclude(tally: AcquireTally, sent: Sent): Attempt | Promise<Attempt> {
    try {
      if (tally.outcome !== 'won') return this.#failed(tally, tally, sent);
      const grants = yesVotes(tally);
      const identified = this.#twins.identified((node) => grants[node] !== undefined);
      if (identified === undefined) return this.#granted(tally, grants, sent);
      return this.#underWay.during(identified.then(() => this.#granted(tally, grants, sent)));
    } finally {
      this.#underWay.end();
    }
  }

  #granted(tally: AcquireTally, grants: Grants, sent: Sent): Attempt | Promise<Attempt> {
    const {fences, behind} = settleFences(grants);
    if (behind.length === 0) return this.#won(tally, grants, fences, sent);
    return this.#underWay.during(this.#raise(tally, grants, {fences, behind}, sent));
  }

  #raise(
    tally: AcquireTally,
    grants: Grants,
    {fences, behind}: Fences,
    sent: Sent,
  ): Promise<Attempt> {
    // The vote was won by as many as it takes, so each that is behind must come up.
    const nodes = this.#nodes.filter(({index}) => behind.includes(index));
    return round(nodes, nodes.length, raise(sent.call, fences), (raised) =>
      raised.outcome === 'won'
        ? this.#won(tally, grants, fences, sent)
        : this.#failed(tally, raised, sent),
    );
  }

  /** A lease with settled fences is won, if enough is left of it by now. */
  #won(tally: AcquireTally, grants: Grants, fences: readonly number[], sent: Sent): Attempt {
    const {call, ttlMs, at} = sent;
    const lease = new Lease(call, fences, at, this.#nodes.length, this.#quorum);
    lease.sent(at + ttlMs + call.lockDelayMs);
    for (const [node, granted] of grants.entries()) {
      if (granted !== undefined) lease.confirm(node, at, ttlMs);
    }
    const isInTime = lease.deadline - this.#clock.now() >= leastMs(ttlMs);
    if (isInTime && !this.#twins.areFound) return {kind: 'won', value: lease};
    return this.#failed(tally, tally, sent);
  }

  /** `trouble` is what did not go well: the vote itself, or what came after it. */
  #failed(tally: AcquireTally, trouble: Tally<unknown, unknown>, sent: Sent): Attempt {
    const {call, ttlMs, at} = sent;
    this.#cleanUpAfter(call, tally, at + ttlMs + call.lockDelayMs);
    this.#twins.refuse();
    if (tally.outcome === 'denied') return this.#busy(tally);
    const what = tally.outcome === 'won' ? 'The grant came too late' : 'No quorum for the lock';
    const error = new QuorumError(call.names.resources, what, nodeErrors(trouble));
    return {kind: 'failed', error, isHopeless: this.#isHopeless(error)};
  }

  #call(
    names: LeaseNames,
    token: string,
    ttlMs: number,
    lockDelayMs: number,
    failures = 0,
  ): AcquireCall {
    return {
      names,
      token,
      lockDelayMs,
      fenceTtlMs: fenceTtlMs(ttlMs + lockDelayMs),
      nodeTimeoutMs: this.nodeTimeoutMs(ttlMs, failures),
      isFreed: false,
    };
  }

  /** Sends the release behind the acquire, on the same connections, to nodes that may hold or come to hold something. */
  #cleanUpAfter(call: AcquireCall, tally: Tally<unknown, unknown>, until: number): void {
    call.isFreed = true;
    const ask = release(call, []);
    for (const node of this.#nodes) {
      const ballot = tally.ballots[node.index];
      if (ballot?.vote === 'no' || (ballot?.vote === 'error' && isHopeless(ballot.error))) continue;
      void this.#underWay.during(this.#cleanUp.free(node, ask, until));
    }
  }

  /** When each node could be free: those that granted are freed at once, those that are silent count as held. */
  #busy(tally: Tally<unknown, number>): Attempt {
    const waits = tally.ballots.map((ballot) => {
      if (ballot?.vote === 'yes') return 0;
      return ballot?.vote === 'no' ? ballot.value : Infinity;
    });
    const isEndless = tally.ballots.some(
      (ballot) => ballot?.vote === 'no' && ballot.value === Infinity,
    );
    return {kind: 'busy', waits, isEndless};
  }

  #isHopeless({nodeErrors: errors}: QuorumError): boolean {
    return errors.filter(isHopeless).length > this.#nodes.length - this.#quorum;
  }
}

const announcementOf = ({names, token, announced, acquisition}: Lease): Ask<PlainVote> =>
  announce({
    locks: names.locks,
    token,
    value: announced,
    nodeTimeoutMs: acquisition.nodeTimeoutMs,
  });

const mostListening = (tally: ReleaseTally): number =>
  yesVotes(tally).reduce<number>((most, clients = 0) => Math.max(most, clients), 0);

function keptOf(
  tally: Tally<unknown, unknown>,
  {names}: Lease,
  what: string,
): 'kept' | 'denied' | QuorumError {
  if (tally.outcome === 'won') return 'kept';
  if (tally.outcome === 'denied') return 'denied';
  return new QuorumError(names.resources, what, nodeErrors(tally));
}

/** Whether a node's error stays the same until somebody mends something. */
export const isHopeless = ({replyCode = ''}: NodeError): boolean => HOPELESS.has(replyCode);
