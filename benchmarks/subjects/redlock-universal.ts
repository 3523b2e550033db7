import type {Redis} from 'ioredis';

import {isInstalled, peer} from '../peers.js';
import {heldByUsing} from './held-by-using.js';
import {POLL_MS, pollsIn} from './polling.js';
import type {Held, Kind, Subject, Terms} from './subject.js';

/** All that is used of redlock-universal. */
interface RedlockUniversal {
  readonly IoredisAdapter: new (client: Redis) => Adapter;
  createLock(options: object): UniversalLock;
  createRedlock(options: object): UniversalLock;
}

type Adapter = object;

interface UniversalLock {
  acquire(): Promise<object>;
  release(handle: object): Promise<boolean>;
  using(work: () => Promise<void>): Promise<void>;
}

const PACKAGE = 'redlock-universal';

class RedlockUniversalSubject implements Subject {
  readonly #package = peer(PACKAGE) as RedlockUniversal;
  readonly #adapters: readonly Adapter[];
  readonly #options: object;

  constructor(clients: readonly Redis[], {ttlMs, waitMs}: Terms) {
    this.#adapters = clients.map((client) => new this.#package.IoredisAdapter(client));
    this.#options = {ttl: ttlMs, retryAttempts: pollsIn(waitMs), retryDelay: POLL_MS};
  }

  async acquire(resource: string): Promise<Held> {
    const lock = this.#lock(resource);
    const handle = await lock.acquire();
    return {release: () => lock.release(handle)};
  }

  hold(resource: string): Promise<Held> {
    return heldByUsing((work) => this.#lock(resource).using(work));
  }

  async close(): Promise<void> {}

  #lock(key: string): UniversalLock {
    const [adapter, ...others] = this.#adapters;
    if (others.length > 0) {
      return this.#package.createRedlock({...this.#options, adapters: this.#adapters, key});
    }
    return this.#package.createLock({...this.#options, adapter, key, performance: 'lean'});
  }
}

export const redlockUniversal: Kind = {
  name: PACKAGE,
  role: 'peer',
  settings: `0.8.5; \`createLock\` with \`performance: 'lean'\`, its fastest, on one node, \`createRedlock\` on several; \`retryDelay: ${POLL_MS}\` (default 100 and 200); \`using\` where locks are kept`,
  plainCommands: ['set'],
  isThere: () => isInstalled(PACKAGE),
  keyOf: (resource) => resource,
  open: (clients, terms) => new RedlockUniversalSubject(clients, terms),
};
