import type {Redis} from 'ioredis';

import {isInstalled, peer} from '../peers.js';
import {POLL_MS} from './polling.js';
import type {Held, Kind, Subject, Terms} from './subject.js';

/** All that is used of redis-semaphore. */
interface RedisSemaphore {
  readonly Mutex: new (client: Redis, key: string, options: object) => Mutex;
  readonly RedlockMutex: new (clients: readonly Redis[], key: string, options: object) => Mutex;
}

interface Mutex extends Held {
  acquire(): Promise<void>;
}

const PACKAGE = 'redis-semaphore';

class RedisSemaphoreSubject implements Subject {
  readonly #package = peer(PACKAGE) as RedisSemaphore;
  readonly #clients: readonly Redis[];
  readonly #options: object;

  constructor(clients: readonly Redis[], {ttlMs, waitMs}: Terms) {
    this.#clients = clients;
    this.#options = {
      lockTimeout: ttlMs,
      acquireTimeout: waitMs,
      retryInterval: POLL_MS,
      onLockLost: () => {},
    };
  }

  acquire(resource: string): Promise<Held> {
    return this.#obtain(resource, {...this.#options, refreshInterval: 0});
  }

  hold(resource: string): Promise<Held> {
    return this.#obtain(resource, this.#options);
  }

  async close(): Promise<void> {}

  async #obtain(resource: string, options: object): Promise<Held> {
    const {Mutex, RedlockMutex} = this.#package;
    const [first, ...others] = this.#clients;
    if (first === undefined) throw new Error('It needs a node');
    const mutex =
      others.length === 0
        ? new Mutex(first, resource, options)
        : new RedlockMutex(this.#clients, resource, options);
    await mutex.acquire();
    return mutex;
  }
}

export const redisSemaphore: Kind = {
  name: PACKAGE,
  role: 'peer',
  settings: `5.8.0; \`Mutex\` on one node, \`RedlockMutex\` on several; \`retryInterval: ${POLL_MS}\`, its default; \`refreshInterval: 0\`, which keeps nothing alive, and its default where locks are kept`,
  plainCommands: ['set'],
  isThere: () => isInstalled(PACKAGE),
  keyOf: (resource) => `mutex:${resource}`,
  open: (clients, terms) => new RedisSemaphoreSubject(clients, terms),
};
