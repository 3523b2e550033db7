import type {RedisClient} from 'holdfast';

const ID = /[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/g;

/** Notes when each token was sent for the first time, and what is sent at all. */
export class Attempts {
  readonly #now: () => number;
  readonly #firstSent = new Map<string, number>();
  raises = 0;
  commands = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** A client that is watched. */
  watch(client: RedisClient, isRaise: (args: readonly string[]) => boolean): RedisClient {
    return {
      send: (command, args) => {
        this.commands += 1;
        if (isRaise(args)) this.raises += 1;
        for (const [id] of args.slice(1).join('\n').matchAll(ID)) {
          if (!this.#firstSent.has(id)) this.#firstSent.set(id, this.#now());
        }
        return client.send(command, args);
      },
      listen: (channel, onMessage) => {
        if (client.listen === undefined) throw new TypeError('Expected the client to listen');
        return client.listen(channel, onMessage);
      },
    };
  }

  /** When a token was sent first. */
  sentAt(token: string): number {
    const times = [...token.matchAll(ID)].map(([id]) => this.#firstSent.get(id) ?? Infinity);
    return Math.max(...times);
  }
}
