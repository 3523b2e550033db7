import type {Redis} from 'ioredis5';

import type {Subject, SubjectOptions} from '../subject.js';
import {clientsOf, disconnect} from './clients.js';
import {loadPeer} from './load-peer.js';

interface Mutex {
  readonly isAcquired: boolean;
  acquire(): Promise<void>;
  release(): Promise<void>;
}

type RedlockMutex = new (
  clients: readonly Redis[],
  key: string,
  options: {lockTimeout: number; acquireTimeout: number; onLockLost: () => void},
) => Mutex;

/** redis-semaphore: a new `RedlockMutex` for each acquisition, with its defaults, and told of losses. */
export function redisSemaphore({urls, ttlMs}: SubjectOptions): Subject {
  const {RedlockMutex} = loadPeer('redis-semaphore') as {RedlockMutex: RedlockMutex};
  const clients = clientsOf(urls);
  return {
    async acquire(resource, timeoutMs) {
      const lost = new Set<() => void>();
      const mutex = new RedlockMutex(clients, resource, {
        lockTimeout: ttlMs,
        acquireTimeout: timeoutMs,
        onLockLost: () => lost.forEach((callback) => callback()),
      });
      await mutex.acquire();
      return {
        isHeld: () => mutex.isAcquired,
        onLost: (callback) => lost.add(callback),
        release: () => mutex.release(),
      };
    },
    close: async () => disconnect(clients),
  };
}
