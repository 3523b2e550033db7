import type {Redis} from 'ioredis';

import {isInstalled, peer} from '../peers.js';
import {heldByUsing} from './held-by-using.js';
import {POLL_MS, pollsIn} from './polling.js';
import type {Held, Kind, Subject, Terms} from './subject.js';

/** All that is used of redlock 5, and of the package that took it over. */
interface Redlock5 {
  acquire(resources: string[], ttlMs: number, settings: object): Promise<Held>;
  using(
    resources: string[],
    ttlMs: number,
    settings: object,
    work: () => Promise<void>,
  ): Promise<void>;
}

type Redlock5Class = new (clients: readonly Redis[], settings: object) => Redlock5;

class Redlock5Subject implements Subject {
  readonly #redlock: Redlock5;
  readonly #ttlMs: number;
  readonly #patience: object;

  constructor(Redlock: Redlock5Class, clients: readonly Redis[], {ttlMs, waitMs}: Terms) {
    this.#redlock = new Redlock(clients, {
      retryDelay: POLL_MS,
      retryJitter: POLL_MS,
      automaticExtensionThreshold: Math.floor(ttlMs / 3),
    });
    this.#ttlMs = ttlMs;
    this.#patience = {retryCount: pollsIn(waitMs)};
  }

  acquire(resource: string): Promise<Held> {
    return this.#redlock.acquire([resource], this.#ttlMs, this.#patience);
  }

  hold(resource: string): Promise<Held> {
    return heldByUsing((work) =>
      this.#redlock.using([resource], this.#ttlMs, this.#patience, work),
    );
  }

  async close(): Promise<void> {}
}

function kind(name: string, version: string, from: string, load: () => Redlock5Class): Kind {
  return {
    name,
    role: 'peer',
    settings: `${version}; \`retryDelay: ${POLL_MS}\` with as much jitter (default 200 ± 100); \`acquire\` and \`release\`, which keep nothing alive, and \`using\` where locks are kept, extended when a third of the ttl is left (default 500 ms, with which it lost locks on a busy machine)`,
    isThere: () => isInstalled(from),
    keyOf: (resource) => resource,
    open: (clients, terms) => new Redlock5Subject(load(), clients, terms),
  };
}

const REDLOCK = 'redlock';
const SESAMECARE = '@sesamecare-oss/redlock';

export const redlock5: Kind = kind(
  'redlock 5 beta',
  '5.0.0-beta.2',
  REDLOCK,
  () => (peer(REDLOCK) as {default: Redlock5Class}).default,
);

export const sesamecare: Kind = kind(
  SESAMECARE,
  '1.4.0',
  SESAMECARE,
  () => (peer(SESAMECARE) as {Redlock: Redlock5Class}).Redlock,
);
