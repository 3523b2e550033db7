import type {Redis} from 'ioredis';
import {createHash} from 'node:crypto';

/** A script of the hand-written subjects. */
export class Script {
  readonly #text: string;
  readonly #sha1: string;

  constructor(text: string) {
    this.#text = text;
    this.#sha1 = createHash('sha1').update(text).digest('hex');
  }

  async load(clients: readonly Redis[]): Promise<void> {
    await Promise.all(clients.map((client) => client.script('LOAD', this.#text)));
  }

  run(client: Redis, key: string, ...args: readonly (string | number)[]): Promise<unknown> {
    return client.evalsha(this.#sha1, 1, key, ...args);
  }
}
