import type {Redis} from 'ioredis5';

import type {Subject, SubjectOptions} from '../subject.js';
import {clientsOf, disconnect} from './clients.js';
import {loadPeer} from './load-peer.js';
import {sectionOf} from './section-of.js';

/** The class of redlock 5 and of its forks. */
type Redlock = new (
  clients: readonly Redis[],
  settings: {retryDelay: number; retryJitter: number; automaticExtensionThreshold: number},
) => {
  on(event: 'error', listener: () => void): void;
  using(
    resources: string[],
    ttlMs: number,
    settings: {retryCount: number},
    work: (signal: AbortSignal) => Promise<void>,
  ): Promise<void>;
};

// Its defaults, but for the count.
const RETRY_MS = 200;

/** redlock 5 beta: `using`, with its defaults. */
export const redlock5 = (options: SubjectOptions): Subject =>
  subjectOf((loadPeer('redlock') as {default: Redlock}).default, options);

/** The fork of redlock 5 by Sesame Care: `using`, with its defaults. */
export const sesamecare = (options: SubjectOptions): Subject =>
  subjectOf((loadPeer('@sesamecare-oss/redlock') as {Redlock: Redlock}).Redlock, options);

function subjectOf(Redlock: Redlock, {urls, ttlMs}: SubjectOptions): Subject {
  const clients = clientsOf(urls);
  const redlock = new Redlock(clients, {
    retryDelay: RETRY_MS,
    retryJitter: 100,
    automaticExtensionThreshold: 500,
  });
  redlock.on('error', () => {});
  return {
    acquire(resource, timeoutMs) {
      const retryCount = Math.ceil(timeoutMs / RETRY_MS);
      return sectionOf((work) => redlock.using([resource], ttlMs, {retryCount}, work));
    },
    close: async () => disconnect(clients),
  };
}
