import type {Redis} from 'ioredis5';

import type {Subject, SubjectOptions} from '../subject.js';
import {clientsOf, disconnect} from './clients.js';
import {loadPeer} from './load-peer.js';

interface Lock {
  readonly expiration: number;
  extend(ttlMs: number): Promise<Lock>;
  unlock(): Promise<unknown>;
}

type Redlock = new (
  clients: readonly Redis[],
  settings: {retryCount: number; retryDelay: number; retryJitter: number},
) => {
  lock(resource: string, ttlMs: number): Promise<Lock>;
  on(event: 'error', fn: () => void): void;
};

// Its defaults.
const RETRY_MS = 200;

/** redlock 4, extended twice in each ttl as its page shows it. It tells of no loss, but knows its expiration. */
export function redlock4({urls, ttlMs}: SubjectOptions): Subject {
  const Redlock = loadPeer('redlock-4') as Redlock;
  const clients = clientsOf(urls);
  return {
    async acquire(resource, timeoutMs) {
      const retryCount = Math.ceil(timeoutMs / RETRY_MS);
      const redlock = new Redlock(clients, {retryCount, retryDelay: RETRY_MS, retryJitter: 200});
      redlock.on('error', () => {});
      let lock = await redlock.lock(resource, ttlMs);
      const timer = setInterval(() => {
        void lock.extend(ttlMs).then(
          (extended) => (lock = extended),
          () => {},
        );
      }, ttlMs / 2);
      return {
        isHeld: () => Date.now() < lock.expiration,
        release: () => {
          clearInterval(timer);
          return lock.unlock();
        },
      };
    },
    close: async () => disconnect(clients),
  };
}
