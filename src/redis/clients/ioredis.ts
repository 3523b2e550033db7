import type {RedisClient} from '../client.js';

/** What the library uses of an ioredis `Redis` or `Cluster`, version 5.11 or later. */
export interface IoredisClient {
  call(command: string, ...args: string[]): Promise<unknown>;
  duplicate(override?: object): IoredisSubscriber;
  readonly options?: {readonly keyPrefix?: string | undefined};
  /** Only a `Cluster` has this one. */
  nodes?(role?: 'all' | 'master' | 'slave'): unknown[];
}

/** What the library uses of a connection that it subscribes with. */
export interface IoredisSubscriber {
  subscribe(channel: string): Promise<unknown>;
  unsubscribe(channel: string): Promise<unknown>;
  on(event: string, listener: (channel: string) => void): unknown;
  disconnect(): void;
}

export function isIoredis(client: object): client is IoredisClient {
  return 'call' in client && typeof client.call === 'function';
}

export function isIoredisCluster(client: object): boolean {
  return isIoredis(client) && typeof client.nodes === 'function';
}

/** Speaks to an ioredis client through the library's seam. Commands of a `Cluster` find their own way by the first key. */
export function fromIoredis(client: IoredisClient): RedisClient {
  const subscriptions = new Subscriptions(client);
  return {
    send: (command, args) => client.call(command, ...args),
    subscribe: (channel, onMessage) => subscriptions.add(channel, onMessage),
  };
}

/** What is subscribed to beside one client: on a connection of its own, which is open while there is anything. */
class Subscriptions {
  readonly #client: IoredisClient;
  readonly #listeners = new Map<string, () => void>();
  #connection: IoredisSubscriber | undefined;

  constructor(client: IoredisClient) {
    this.#client = client;
  }

  async add(channel: string, onMessage: () => void): Promise<() => Promise<void>> {
    this.#listeners.set(channel, onMessage);
    this.#connection ??= this.#open();
    try {
      await this.#connection.subscribe(channel);
    } catch (error) {
      await this.#remove(channel, onMessage);
      throw error;
    }
    return () => this.#remove(channel, onMessage);
  }

  async #remove(channel: string, onMessage: () => void): Promise<void> {
    if (this.#listeners.get(channel) !== onMessage) return;
    this.#listeners.delete(channel);
    if (this.#listeners.size > 0) {
      await this.#connection?.unsubscribe(channel);
      return;
    }
    this.#connection?.disconnect();
    this.#connection = undefined;
  }

  #open(): IoredisSubscriber {
    // A subscription may be asked for before the connection is up.
    const connection = isIoredisCluster(this.#client)
      ? this.#client.duplicate()
      : this.#client.duplicate({enableOfflineQueue: true, lazyConnect: false});
    connection.on('message', (channel: string) => this.#listeners.get(channel)?.());
    // What was told while the connection was away is not told again, so everyone looks for themselves.
    connection.on('ready', () => {
      for (const onMessage of this.#listeners.values()) onMessage();
    });
    // ioredis connects again by itself; an error that nobody listens to is printed.
    connection.on('error', () => {});
    return connection;
  }
}
