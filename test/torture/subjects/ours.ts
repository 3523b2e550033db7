import {Locker} from 'holdfast';
import {Redis} from 'ioredis';

import type {Subject, SubjectOptions} from '../subject.js';

/** This library, with its defaults. */
export function ours({urls, ttlMs}: SubjectOptions): Subject {
  const clients = urls.map((url) => new Redis(url, {retryStrategy: () => 50}));
  for (const client of clients) client.on('error', () => {});
  const locker = new Locker(clients, {ttlMs});
  return {
    async acquire(resource, timeoutMs) {
      const lock = await locker.acquire(resource, {timeoutMs});
      return {
        fence: lock.fence,
        isHeld: () => lock.isHeld,
        onLost: (callback) => lock.signal.addEventListener('abort', callback, {once: true}),
        release: () => lock.release(),
      };
    },
    async close() {
      await locker.close();
      for (const client of clients) client.disconnect();
    },
  };
}
