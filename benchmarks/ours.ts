import {Locker} from 'holdfast';
import {Redis} from 'ioredis';

import type {Subject} from './subject.js';

/** This library, with its defaults. */
export class Ours implements Subject {
  readonly #clients: readonly Redis[];
  readonly #locker: Locker;

  constructor(urls: readonly string[]) {
    this.#clients = urls.map((url) => new Redis(url));
    this.#locker = new Locker(this.#clients);
  }

  async section(resource: string): Promise<void> {
    const lock = await this.#locker.acquire(resource);
    await lock.release();
  }

  async close(): Promise<void> {
    await this.#locker.close();
    for (const client of this.#clients) client.disconnect();
  }
}
