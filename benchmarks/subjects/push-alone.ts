import type {Redis} from 'ioredis';

import {Pushed} from './pushed.js';
import type {Held, Kind, Subject, Terms} from './subject.js';

/** No lock: the one who comes second waits for the message of the first, and asks nothing after that. */
class PushAlone implements Subject {
  readonly #client: Redis;
  readonly #ttlMs: number;
  readonly #pushed: Pushed;

  constructor(client: Redis, {ttlMs}: Terms) {
    this.#client = client;
    this.#ttlMs = ttlMs;
    this.#pushed = new Pushed(client);
  }

  async acquire(resource: string): Promise<Held> {
    if ((await this.#client.set(resource, '', 'PX', this.#ttlMs, 'NX')) === null) {
      const told = this.#pushed.next(resource);
      await this.#pushed.join(resource);
      await told;
      return {release: async () => {}};
    }
    return {
      release: async () => {
        await this.#client.publish(resource, '');
        await this.#client.del(resource);
      },
    };
  }

  hold(resource: string): Promise<Held> {
    return this.acquire(resource);
  }

  async close(): Promise<void> {
    this.#pushed.close();
  }
}

export const pushAlone: Kind = {
  name: 'pub/sub alone',
  role: 'floor',
  settings: 'one `PUBLISH`, and its message in the other process: no lock, the floor',
  plainCommands: ['set', 'publish', 'del'],
  isThere: () => true,
  keyOf: (resource) => resource,
  open(clients, terms) {
    const [client] = clients;
    if (client === undefined) throw new Error('It needs a node');
    return new PushAlone(client, terms);
  },
};
