import {batch, raise} from '#internal/redis/scripts.generated.js';
import type {RedisClient} from 'holdfast';

const ID = /[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/g;

/** Notes when each token was sent for the first time, and what is sent at all. */
export class Attempts {
  readonly #now: () => number;
  readonly #firstSent = new Map<string, number>();
  /** How many commands were sent that raise a counter. */
  raises = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** A client that is watched. */
  watch(client: RedisClient): RedisClient {
    return {
      send: (command, args) => {
        if (isRaise(args)) this.raises += 1;
        for (const [id] of args.slice(1).join('\n').matchAll(ID)) {
          if (!this.#firstSent.has(id)) this.#firstSent.set(id, this.#now());
        }
        return client.send(command, args);
      },
      ...(client.listen && {listen: client.listen.bind(client)}),
    };
  }

  /** When a token was sent first. */
  sentAt(token: string): number {
    const times = [...token.matchAll(ID)].map(([id]) => this.#firstSent.get(id) ?? Infinity);
    return Math.max(...times);
  }
}

/** Whether a raise is sent, alone or in a batch. */
function isRaise([script = '', ...args]: readonly string[]): boolean {
  if (script === raise.sha1) return true;
  return script === batch.sha1 && args.some((arg) => /^raise$/m.test(arg));
}
