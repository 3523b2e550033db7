import {Redis} from 'ioredis';
import {createHash, randomUUID} from 'node:crypto';

import type {Subject} from './subject.js';

const TTL_MS = 10_000;

const acquire = script(`
  if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 1 end
  return 0
`);

const release = script(`
  if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
  return 0
`);

/** The least that a lock can do, written by hand: two scripts for each section, on all nodes at once. */
export class Floor implements Subject {
  readonly #clients: readonly Redis[];

  private constructor(clients: readonly Redis[]) {
    this.#clients = clients;
  }

  static async open(urls: readonly string[]): Promise<Floor> {
    const clients = urls.map((url) => new Redis(url));
    for (const {text} of [acquire, release]) {
      await Promise.all(clients.map((client) => client.script('LOAD', text)));
    }
    return new Floor(clients);
  }

  async section(resource: string): Promise<void> {
    const token = randomUUID();
    const votes = await Promise.all(
      this.#clients.map((client) => client.evalsha(acquire.sha1, 1, resource, token, TTL_MS)),
    );
    const yes = votes.filter((vote) => vote === 1).length;
    if (yes <= this.#clients.length / 2) throw new Error(`The floor did not obtain ${resource}`);
    await Promise.all(
      this.#clients.map((client) => client.evalsha(release.sha1, 1, resource, token)),
    );
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.disconnect();
  }
}

function script(text: string): {sha1: string; text: string} {
  return {text, sha1: createHash('sha1').update(text).digest('hex')};
}
