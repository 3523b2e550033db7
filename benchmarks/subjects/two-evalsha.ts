import type {Redis} from 'ioredis';
import {randomUUID} from 'node:crypto';

import {Script} from './script.js';
import type {Held, Kind, Subject, Terms} from './subject.js';

const acquire = new Script(`
  if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 1 end
  return 0
`);

const extend = new Script(`
  if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
  return 0
`);

const release = new Script(`
  if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
  return 0
`);

/** The least that a lock can do, on all nodes at once. It does not wait for others. */
class TwoEvalsha implements Subject {
  readonly #clients: readonly Redis[];
  readonly #ttlMs: number;

  constructor(clients: readonly Redis[], {ttlMs}: Terms) {
    this.#clients = clients;
    this.#ttlMs = ttlMs;
  }

  async acquire(resource: string): Promise<Held> {
    const token = randomUUID();
    await this.#obtain(resource, token);
    return {release: () => this.#all(release, resource, token)};
  }

  async hold(resource: string): Promise<Held> {
    const token = randomUUID();
    await this.#obtain(resource, token);
    const beat = (): void => void this.#all(extend, resource, token, this.#ttlMs);
    const timer = setInterval(beat, this.#ttlMs / 3);
    return {
      release: () => {
        clearInterval(timer);
        return this.#all(release, resource, token);
      },
    };
  }

  async close(): Promise<void> {}

  async #obtain(resource: string, token: string): Promise<void> {
    const votes = await this.#all(acquire, resource, token, this.#ttlMs);
    const yes = votes.filter((vote) => vote === 1).length;
    if (yes <= this.#clients.length / 2) throw new Error(`${resource} was not free`);
  }

  #all(script: Script, key: string, ...args: readonly (string | number)[]): Promise<unknown[]> {
    return Promise.all(this.#clients.map((client) => script.run(client, key, ...args)));
  }
}

export const twoEvalsha: Kind = {
  name: 'EVALSHA by hand',
  role: 'floor',
  settings:
    'one `EVALSHA` on ioredis to acquire (`SET NX PX`) and one to release (compare and delete), on all nodes at once; kept alive by a `setInterval` and an `EVALSHA` for each lock',
  isThere: () => true,
  keyOf: (resource) => resource,
  async open(clients, terms) {
    for (const script of [acquire, extend, release]) await script.load(clients);
    return new TwoEvalsha(clients, terms);
  },
};
