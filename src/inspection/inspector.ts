import {announcedKey, releaseChannel} from '../redis/hash-tag.js';
import type {Node} from '../redis/node.js';
import {inspect} from '../redis/scripts.js';
import {Patience} from '../waiting/patience.js';
import type {WakeUps} from '../waiting/wake-ups.js';
import {lockInfo, type LockInfo} from './lock-info.js';
import {survey} from './survey.js';
import {watch} from './watch.js';

export interface InspectorOptions {
  readonly nodes: readonly Node[];
  readonly quorum: number;
  readonly keyPrefix: string;
  readonly isCluster: boolean;
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
    const {nodes, quorum} = this.#options;
    const answers = await survey(nodes, inspect(this.#key(resource), this.#options));
    return lockInfo(resource, answers, quorum);
  }

  /** What is known of a lock, and each change of it, until one of the signals aborts. */
  async *watch(
    resource: string,
    signals: readonly (AbortSignal | undefined)[],
  ): AsyncGenerator<LockInfo, void, undefined> {
    const key = this.#key(resource);
    const channels = [releaseChannel(key), announcedKey(key)];
    using patience = new Patience(Infinity, () => new Error('never'), signals);
    yield* watch(patience.signal, {
      ...this.#options,
      channels,
      look: () => this.inspect(resource),
    });
  }

  #key(resource: string): string {
    return this.#options.keyPrefix + resource;
  }
}
