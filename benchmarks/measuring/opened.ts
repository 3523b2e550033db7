import type {Redis} from 'ioredis';

import type {Held, Kind, Subject, Terms} from '../subjects/subject.js';
import {connect, type ClientOptions} from './nodes.js';

/** A subject with connections of its own. */
export class Opened implements Subject {
  readonly kind: Kind;
  readonly clients: readonly Redis[];
  readonly #subject: Subject;

  static async open(
    kind: Kind,
    urls: readonly string[],
    terms: Terms,
    options?: ClientOptions,
  ): Promise<Opened> {
    const clients = connect(urls, options);
    await Promise.all(clients.map(ready));
    return new Opened(kind, clients, await kind.open(clients, terms));
  }

  private constructor(kind: Kind, clients: readonly Redis[], subject: Subject) {
    this.kind = kind;
    this.clients = clients;
    this.#subject = subject;
  }

  acquire(resource: string): Promise<Held> {
    return this.#subject.acquire(resource);
  }

  hold(resource: string): Promise<Held> {
    return this.#subject.hold(resource);
  }

  async close(): Promise<void> {
    // Whatever it still does ends with its connections.
    const closed = this.#subject.close();
    for (const client of this.clients) client.disconnect();
    await closed;
  }
}

// Where commands have to be quick, the first of them may fail: the client tries again by itself.
const ready = (client: Redis): Promise<void> =>
  new Promise((resolve) => {
    client.once('ready', () => resolve());
  });
