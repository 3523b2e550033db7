import type {Redis} from 'ioredis5';

import type {Subject, SubjectOptions} from '../subject.js';
import {clientsOf, disconnect} from './clients.js';
import {loadPeer} from './load-peer.js';
import {sectionOf} from './section-of.js';

interface Universal {
  readonly IoredisAdapter: new (client: Redis) => object;
  readonly createRedlock: (config: {
    adapters: readonly object[];
    key: string;
    ttl: number;
    retryAttempts: number;
    retryDelay: number;
  }) => {using(work: (signal: AbortSignal) => Promise<void>): Promise<void>};
}

// Its default.
const RETRY_MS = 200;

/** redlock-universal: `using` of `createRedlock`, with its defaults. */
export function redlockUniversal({urls, ttlMs}: SubjectOptions): Subject {
  const {IoredisAdapter, createRedlock} = loadPeer('redlock-universal') as Universal;
  const clients = clientsOf(urls);
  const adapters = clients.map((client) => new IoredisAdapter(client));
  return {
    acquire(resource, timeoutMs) {
      const redlock = createRedlock({
        adapters,
        key: resource,
        ttl: ttlMs,
        retryAttempts: Math.ceil(timeoutMs / RETRY_MS),
        retryDelay: RETRY_MS,
      });
      return sectionOf((work) => redlock.using(work));
    },
    close: async () => disconnect(clients),
  };
}
