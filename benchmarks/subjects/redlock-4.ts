import type {Redis} from 'ioredis';

import {isInstalled, peer} from '../peers.js';
import {POLL_MS, pollsIn} from './polling.js';
import type {Held, Kind, Subject, Terms} from './subject.js';

/** All that is used of redlock 4. */
interface Redlock4 {
  acquire(resource: string, ttlMs: number): Promise<RedlockLock>;
  on(event: 'clientError', listener: () => void): void;
}

interface RedlockLock {
  unlock(): Promise<void>;
  extend(ttlMs: number): Promise<unknown>;
}

type Redlock4Class = new (clients: readonly Redis[], options: object) => Redlock4;

const PACKAGE = 'redlock-4';

class Redlock4Subject implements Subject {
  readonly #redlock: Redlock4;
  readonly #ttlMs: number;

  constructor(clients: readonly Redis[], {ttlMs, waitMs}: Terms) {
    const Redlock = peer(PACKAGE) as Redlock4Class;
    const retryCount = pollsIn(waitMs);
    this.#redlock = new Redlock(clients, {retryCount, retryDelay: POLL_MS, retryJitter: POLL_MS});
    this.#redlock.on('clientError', () => {});
    this.#ttlMs = ttlMs;
  }

  async acquire(resource: string): Promise<Held> {
    const lock = await this.#redlock.acquire(resource, this.#ttlMs);
    return {release: () => lock.unlock()};
  }

  async hold(resource: string): Promise<Held> {
    const lock = await this.#redlock.acquire(resource, this.#ttlMs);
    const beat = (): void => void lock.extend(this.#ttlMs).catch(() => {});
    const timer = setInterval(beat, this.#ttlMs / 3);
    return {
      release: () => {
        clearInterval(timer);
        return lock.unlock();
      },
    };
  }

  async close(): Promise<void> {}
}

export const redlock4: Kind = {
  name: 'redlock 4',
  role: 'peer',
  settings: `4.2.0; \`retryDelay: ${POLL_MS}\` with as much jitter (default 200 ± 100); keeps no lock alive by itself: \`extend\` each third of the ttl by a \`setInterval\` of the user`,
  isThere: () => isInstalled(PACKAGE),
  keyOf: (resource) => resource,
  open: (clients, terms) => new Redlock4Subject(clients, terms),
};
