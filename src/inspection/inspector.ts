import {abortable} from 'abort-controller-x';

import {NodeError, QuorumError} from '../errors.js';
import {announcedKey, isPlaceable, releaseChannel} from '../redis/hash-tag.js';
import type {Node} from '../redis/node.js';
import {forceRelease, inspect} from '../redis/scripts.js';
import {Patience} from '../waiting/patience.js';
import type {WakeUps} from '../waiting/wake-ups.js';
import {lockInfo, type LockInfo} from './lock-info.js';
import {survey} from './survey.js';
import {untilAborted} from './until-aborted.js';
import {watch} from './watch.js';

export interface InspectorOptions {
  readonly nodes: readonly Node[];
  readonly quorum: number;
  readonly keyPrefix: string;
  /** How long a node may take to answer. */
  readonly nodeTimeoutMs: number;
  readonly wakeUps: WakeUps;
  readonly now: () => number;
  readonly random: () => number;
}

/** Finds out who holds a lock, whoever that is. */
export class Inspector {
  readonly #options: InspectorOptions;

  constructor(options: InspectorOptions) {
    this.#options = options;
  }

  /** @throws {QuorumError} when too few nodes answered. */
  async inspect(resource: string): Promise<LockInfo> {
    const {nodes, quorum, nodeTimeoutMs} = this.#options;
    const answers = await survey(nodes, inspect(this.#key(resource), nodeTimeoutMs));
    return lockInfo(resource, answers, quorum);
  }

  /** What is known of a lock, and each change of it, until one of the signals aborts. */
  async *watch(
    resource: string,
    signals: readonly (AbortSignal | undefined)[],
  ): AsyncGenerator<LockInfo, void, undefined> {
    const key = this.#key(resource);
    const channels = [releaseChannel(key), announcedKey(key)];
    using patience = endless(signals);
    yield* watch(patience.signal, {
      ...this.#options,
      channels,
      look: () => this.inspect(resource),
    });
  }

  /**
   * Frees a lock whoever holds it, or only from one token. Resolves to whether any node had it so.
   *
   * @throws {QuorumError} when too few nodes answered.
   */
  async forceRelease(resource: string, token: string | undefined): Promise<boolean> {
    const {nodes, quorum, nodeTimeoutMs} = this.#options;
    const ask = forceRelease(this.#key(resource), token, nodeTimeoutMs);
    const answers = await survey(nodes, ask);
    const errors = answers.filter((answer) => answer instanceof NodeError);
    if (errors.length > nodes.length - quorum) {
      throw new QuorumError([resource], 'No quorum to free the lock', errors);
    }
    return answers.some((answer) => !(answer instanceof NodeError) && answer.vote === 'yes');
  }

  /**
   * Every lock whose name begins with a text, as {@link Inspector.inspect} tells of it: what the nodes have, united.
   *
   * @throws {QuorumError} when too few nodes answered, and there may be others.
   */
  async *list(
    prefix: string,
    signals: readonly (AbortSignal | undefined)[],
  ): AsyncGenerator<LockInfo, void, undefined> {
    const {nodes, quorum, nodeTimeoutMs} = this.#options;
    using patience = endless(signals);
    const {signal} = patience;
    const seen = new Set<string>();
    const errors: NodeError[] = [];
    for (const node of nodes) {
      try {
        const steps = node.scan(this.#key(prefix), nodeTimeoutMs);
        for await (const keys of untilAborted(signal, steps)) {
          const looks = this.#unseen(keys, seen).map((resource) => this.inspect(resource));
          yield* (await abortable(signal, Promise.all(looks))).filter(isThere);
        }
      } catch (error) {
        if (!(error instanceof NodeError)) throw error;
        errors.push(error);
      }
      // What a quorum holds is found on any as many nodes.
      if (errors.length > nodes.length - quorum) {
        throw new QuorumError([`${prefix}*`], 'No quorum to list the locks', errors);
      }
    }
  }

  /** The resources whose lock keys these are, of those that have not been seen yet. */
  #unseen(keys: readonly string[], seen: Set<string>): readonly string[] {
    const {keyPrefix} = this.#options;
    return keys.flatMap((key) => {
      if (seen.has(key) || key === keyPrefix || !isPlaceable(key)) return [];
      seen.add(key);
      return [key.slice(keyPrefix.length)];
    });
  }

  #key(resource: string): string {
    return this.#options.keyPrefix + resource;
  }
}

const endless = (signals: readonly (AbortSignal | undefined)[]): Patience =>
  new Patience(Infinity, () => new Error('never'), signals);

/** Whether it was still there when it was looked at, if only on some of the nodes. */
const isThere = ({nodes}: LockInfo): boolean => nodes.some(({token}) => token !== undefined);
