import type {Redis} from 'ioredis';
import {randomUUID} from 'node:crypto';

import {Pushed} from './pushed.js';
import {Script} from './script.js';
import type {Held, Kind, Subject, Terms} from './subject.js';
import {Turns} from './turns.js';

const acquire = new Script(`
  if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 1 end
  return 0
`);

const release = new Script(`
  if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
  redis.call('DEL', KEYS[1])
  return redis.call('PUBLISH', KEYS[1], '')
`);

/**
 * What can be written by hand in an hour, and no more: turns in the process, so that one of its tasks asks; a message
 * with each release; no timer for one that got lost. On one node.
 */
class ByHandPushed implements Subject {
  readonly #client: Redis;
  readonly #ttlMs: number;
  readonly #turns = new Turns();
  readonly #pushed: Pushed;

  constructor(client: Redis, {ttlMs}: Terms) {
    this.#client = client;
    this.#ttlMs = ttlMs;
    this.#pushed = new Pushed(client);
  }

  async acquire(resource: string): Promise<Held> {
    const token = randomUUID();
    const end = await this.#turns.take(resource);
    await this.#obtain(resource, token);
    return {
      release: () => {
        const released = release.run(this.#client, resource, token);
        // The next one asks right behind it, on the same connection.
        end();
        return released;
      },
    };
  }

  hold(): Promise<Held> {
    throw new Error('It keeps no lock alive');
  }

  async close(): Promise<void> {
    this.#pushed.close();
  }

  async #obtain(resource: string, token: string): Promise<void> {
    if (await this.#attempt(resource, token)) return;
    await this.#pushed.join(resource);
    for (;;) {
      const freed = this.#pushed.next(resource);
      if (await this.#attempt(resource, token)) return;
      await freed;
    }
  }

  async #attempt(resource: string, token: string): Promise<boolean> {
    return (await acquire.run(this.#client, resource, token, this.#ttlMs)) === 1;
  }
}

export const byHandPushed: Kind = {
  name: 'pub/sub by hand',
  role: 'floor',
  settings:
    'the same with a queue in the process, of which one asks, and a `PUBLISH` in the release for those who wait; nothing for a message that got lost',
  isThere: () => true,
  keyOf: (resource) => resource,
  async open(clients, terms) {
    const [client] = clients;
    if (client === undefined || clients.length > 1) throw new Error('It works on one node');
    for (const script of [acquire, release]) await script.load(clients);
    return new ByHandPushed(client, terms);
  },
};
