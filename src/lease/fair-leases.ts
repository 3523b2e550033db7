import {randomBytes} from 'node:crypto';

import {NodeError, QuorumError} from '../errors.js';
import {lineKeys} from '../redis/hash-tag.js';
import {attend, enter, type Seen} from '../redis/line-scripts.js';
import type {Node} from '../redis/node.js';
import type {AcquireCall} from '../redis/scripts.js';
import type {Clock} from './clock.js';
import {Lease} from './lease.js';
import {isHopeless, type LeaseRequest, type Leases} from './leases.js';
import {UnderWay} from './under-way.js';
import {leastMs} from './validity.js';

/** For how long those in line are taken to be alive without another word of their locker. */
const ALIVE_MS = 1000;

// A lock that was given to one in line with less time than that is extended first.
const LEAST_MS = ALIVE_MS / 4;

/** What one in line asks for. */
export interface FairRequest extends LeaseRequest {
  readonly keepAlive: boolean | string;
}

/** A place in line: taken with the first command, kept by those that repeat it. */
export interface Place {
  readonly token: string;
  readonly request: FairRequest;
  readonly call: AcquireCall;
}

/** What comes of asking for the lock. */
export type Entry =
  | {readonly kind: 'won'; readonly value: Lease}
  | {
      /** In line, or busy where nobody wanted to stand in line. */
      readonly kind: 'busy';
      readonly waits: readonly [number];
      readonly isEndless: boolean;
      /** False when other places of this locker may be gone. */
      readonly isKnown: boolean;
    }
  | {readonly kind: 'failed'; readonly error: QuorumError; readonly isHopeless: boolean};

export interface FairLeasesOptions {
  readonly node: Node;
  readonly leases: Leases;
  readonly clock: Clock;
}

/** Takes leases on one node in the order in which they are asked for: the node keeps the line, for all processes. */
export class FairLeases {
  /** How often a locker should be heard of that has somebody in line. */
  readonly attendMs: number = ALIVE_MS / 3;
  readonly #node: Node;
  readonly #leases: Leases;
  readonly #clock: Clock;
  readonly #underWay = new UnderWay();
  /** What this locker is called in the lines. */
  readonly #name = randomBytes(9).toString('base64url');

  constructor({node, leases, clock}: FairLeasesOptions) {
    this.#node = node;
    this.#leases = leases;
    this.#clock = clock;
  }

  /** A new place, which nobody knows of yet. */
  place(request: FairRequest): Place {
    const call = this.#leases.begin(request);
    const {token, names, lockDelayMs} = call;
    const line = {
      keys: [...names.keys, ...lineKeys(names.locks[0] ?? '')],
      place: `${this.#name} ${lockDelayMs} ${token}`,
    };
    return {token, request, call: {...call, line}};
  }

  /**
   * Asks for the lock and takes the place; where it is taken already, it stays the same. `failures` is how many times in a
   * row that has failed before.
   */
  enter(place: Place, failures: number): Promise<Entry> {
    return this.#ask(place, ALIVE_MS, failures);
  }

  /** Asks for the lock without standing in line. */
  attempt(place: Place): Promise<Entry> {
    return this.#ask(place, 0, 0);
  }

  /** Says that those of this locker are alive who stand in the same line. Undefined when the node did not answer. */
  async attend({call}: Place): Promise<Seen | undefined> {
    const ask = attend(call, {locker: this.#name, aliveMs: ALIVE_MS, sentAt: this.#clock.now()});
    try {
      return await this.#node.run(ask);
    } catch {
      return undefined;
    }
  }

  /**
   * The lease that was given to a place while it stood in line, for as long as its locker was known to be alive by what
   * it had sent at `sentAt`. Undefined when too little of that is left: ask for it again.
   */
  accept({call, request}: Place, fence: number, sentAt: number): Lease | undefined {
    const now = this.#clock.now();
    const lease = new Lease(call, [fence], sentAt, 1, 1);
    lease.sent(now + ALIVE_MS + call.lockDelayMs);
    lease.confirm(0, sentAt, ALIVE_MS);
    return request.keepAlive === true && lease.deadline - now >= LEAST_MS ? lease : undefined;
  }

  /** Gives the place up, and the lock if it was given to it meanwhile. Never rejects. */
  leave({call, request}: Place): Promise<unknown> {
    const now = this.#clock.now();
    const lease = new Lease(call, [], now, 1, 1);
    lease.sent(now + request.ttlMs + call.lockDelayMs);
    return this.#leases.release(lease);
  }

  /** Waits for what is under way. */
  close(): Promise<void> {
    return this.#underWay.idle();
  }

  async #ask({call, request}: Place, aliveMs: number, failures: number): Promise<Entry> {
    const {ttlMs, resources} = request;
    const sentAt = this.#clock.now();
    const timeoutMs = this.#leases.nodeTimeoutMs(ttlMs, failures);
    const ask = {...enter(call, ttlMs, {locker: this.#name, aliveMs, sentAt}), timeoutMs};
    try {
      const entered = await this.#underWay.during(this.#node.run(ask));
      if (entered.vote === 'no') {
        const {waitMs, isKnown} = entered.value;
        return {kind: 'busy', waits: [waitMs], isEndless: waitMs === Infinity, isKnown};
      }
      const lease = new Lease(call, [entered.value], sentAt, 1, 1);
      lease.sent(sentAt + ttlMs + call.lockDelayMs);
      lease.confirm(0, sentAt, ttlMs);
      if (lease.deadline - this.#clock.now() >= leastMs(ttlMs)) return {kind: 'won', value: lease};
      const error = new QuorumError(resources, 'The grant came too late', []);
      return {kind: 'failed', error, isHopeless: false};
    } catch (cause) {
      if (!(cause instanceof NodeError)) throw cause;
      const error = new QuorumError(resources, 'No quorum for the lock', [cause]);
      return {kind: 'failed', error, isHopeless: isHopeless(cause)};
    }
  }
}
