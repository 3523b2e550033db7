import {Locker, type LockerOptions} from 'holdfast';
import type {Redis} from 'ioredis';

import type {Held, Kind, Subject, Terms} from './subject.js';

class Ours implements Subject {
  readonly #locker: Locker;

  constructor(clients: readonly Redis[], {ttlMs, waitMs}: Terms, options: LockerOptions) {
    this.#locker = new Locker(clients, {ttlMs, timeoutMs: waitMs, ...options});
  }

  acquire(resource: string): Promise<Held> {
    return this.#locker.acquire(resource);
  }

  hold(resource: string): Promise<Held> {
    return this.#locker.acquire(resource);
  }

  close(): Promise<void> {
    return this.#locker.close();
  }
}

function kind(name: string, settings: string, options: LockerOptions): Kind {
  return {
    name,
    role: 'ours',
    settings,
    isThere: () => true,
    keyOf: (resource) => `lock:${resource}`,
    open: (clients, terms) => new Ours(clients, terms, options),
  };
}

export const ours: Kind = kind(
  'holdfast',
  'its defaults: fences, who holds it, and kept alive from the start',
  {},
);

export const oursFair: Kind = kind('holdfast (fair)', 'its defaults with `fair: true`', {
  fair: true,
});
