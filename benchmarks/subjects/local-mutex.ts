import type {Held, Kind, Subject} from './subject.js';
import {Turns} from './turns.js';

/** No lock but a queue in this process: what the tasks could do if Redis took no time. */
class LocalMutex implements Subject {
  readonly #turns = new Turns();

  async acquire(resource: string): Promise<Held> {
    const end = await this.#turns.take(resource);
    return {release: async () => end()};
  }

  hold(resource: string): Promise<Held> {
    return this.acquire(resource);
  }

  async close(): Promise<void> {}
}

export const localMutex: Kind = {
  name: 'local mutex',
  role: 'floor',
  settings: 'a queue of promises in the process, without Redis: the ceiling',
  isThere: () => true,
  keyOf: (resource) => resource,
  open: () => new LocalMutex(),
};
