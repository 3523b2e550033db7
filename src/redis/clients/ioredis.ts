import type {Listening, RedisClient} from '../client.js';
import {hasTag} from '../hash-tag.js';
import {isReply} from '../run-script.js';
import {scan} from '../scan.js';

/** What the library uses of ioredis, version 5.11 or later: of a `Redis` or a `Cluster`. */
export type IoredisClient = IoredisRedis | IoredisCluster;

interface Ioredis {
  call(command: string, ...args: string[]): Promise<unknown>;
  readonly options?: {readonly keyPrefix?: string | undefined};
}

interface IoredisRedis extends Ioredis {
  duplicate(override?: object): IoredisSubscriber;
}

interface IoredisCluster extends Ioredis {
  duplicate(overrideStartupNodes?: [], override?: object): IoredisSubscriber;
  nodes(role?: 'master'): Ioredis[];
}

/** What the library uses of a connection that it subscribes with. */
export interface IoredisSubscriber {
  subscribe(channel: string): Promise<unknown>;
  unsubscribe(channel: string): Promise<unknown>;
  ssubscribe(channel: string): Promise<unknown>;
  sunsubscribe(channel: string): Promise<unknown>;
  on(event: string, listener: (channel: string, message: string) => void): unknown;
  disconnect(): void;
}

export function isIoredis(client: object): client is IoredisClient {
  return 'call' in client && typeof client.call === 'function';
}

export function isIoredisCluster(client: object): client is IoredisCluster {
  return isIoredis(client) && 'nodes' in client && typeof client.nodes === 'function';
}

/** Speaks to an ioredis client through the library's seam. Commands of a `Cluster` find their own way by the first key. */
export function fromIoredis(client: IoredisClient): RedisClient {
  const subscriptions = new Subscriptions(client);
  return {
    send: (command, args) => client.call(command, ...args),
    listen: (channel, onMessage) => subscriptions.add(channel, onMessage),
    hearsSharded: isIoredisCluster(client),
    scan: (prefix) => scanAll(client, prefix),
  };
}

/** Scans every server that has keys of its own. The client's key prefix stands before ours, and is none of our business. */
async function* scanAll(
  client: IoredisClient,
  prefix: string,
): AsyncGenerator<readonly string[], void, undefined> {
  const {keyPrefix = ''} = client.options ?? {};
  const servers: readonly Ioredis[] = isIoredisCluster(client) ? client.nodes('master') : [client];
  for (const server of servers) {
    const send: RedisClient['send'] = (command, args) => server.call(command, ...args);
    for await (const keys of scan(send, keyPrefix + prefix)) {
      yield keys.map((key) => key.slice(keyPrefix.length));
    }
  }
}

// How often it is looked where the slots of a Cluster are while something is heard: a server that gives a slot away ends
// what is subscribed to there, which ioredis 5 does not notice by itself.
const LOOK_FOR_SLOTS_MS = 2000;

/**
 * What is subscribed to beside one client: on a connection of its own, which is open while there is anything. Where a
 * server is part of a Cluster both kinds of messages are heard, as those who tell may use either.
 */
class Subscriptions {
  readonly #client: IoredisClient;
  readonly #listeners = new Map<string, (message?: string) => void>();
  #connection: IoredisSubscriber | undefined;
  #isOfCluster: Promise<boolean> | undefined;

  constructor(client: IoredisClient) {
    this.#client = client;
  }

  add(channel: string, onMessage: (message?: string) => void): Listening {
    this.#listeners.set(channel, onMessage);
    this.#connection ??= this.#open();
    const heard = this.#subscribe(this.#connection, channel);
    return {heard, stop: () => this.#remove(channel, onMessage)};
  }

  #remove(channel: string, onMessage: (message?: string) => void): void {
    if (this.#listeners.get(channel) !== onMessage) return;
    this.#listeners.delete(channel);
    const connection = this.#connection;
    if (connection !== undefined && this.#listeners.size > 0) {
      // On a connection that is gone nothing is heard either.
      this.#unsubscribe(connection, channel).catch(() => {});
      return;
    }
    connection?.disconnect();
    this.#connection = undefined;
  }

  #open(): IoredisSubscriber {
    this.#isOfCluster = isOfCluster(this.#client);
    // A subscription may be asked for before the connection is up. After a break we subscribe again ourselves: what
    // ioredis sends then, it leaves to nobody, and a connection that is closed in that moment would end the process.
    const override = {enableOfflineQueue: true, lazyConnect: false, autoResubscribe: false};
    const connection = isIoredisCluster(this.#client)
      ? this.#client.duplicate([], {
          ...override,
          shardedSubscribers: true,
          slotsRefreshInterval: LOOK_FOR_SLOTS_MS,
        })
      : this.#client.duplicate(override);
    for (const event of ['message', 'smessage']) {
      connection.on(event, (channel, message) => this.#listeners.get(channel)?.(message));
    }
    // A connection is up, or on a Cluster those to the masters that have the slots by now.
    for (const event of ['ready', 'subscribersReady']) {
      connection.on(event, () => this.#hearAgain(connection));
    }
    // ioredis connects again by itself; an error that nobody listens to is printed.
    connection.on('error', () => {});
    return connection;
  }

  /** What was told while a connection was away is not told again, so everyone looks for themselves. */
  #hearAgain(connection: IoredisSubscriber): void {
    for (const [channel, onMessage] of this.#listeners) {
      this.#subscribe(connection, channel).then(
        () => onMessage(),
        () => {},
      );
    }
  }

  async #subscribe(connection: IoredisSubscriber, channel: string): Promise<void> {
    await connection.subscribe(channel);
    if (await this.#isSharded(channel)) {
      await connection.ssubscribe(channel).catch((error: unknown) => {
        // A server that does not know the one kind does not tell by it either.
        if (!isReply(error, 'ERR unknown command')) throw error;
      });
    }
  }

  async #unsubscribe(connection: IoredisSubscriber, channel: string): Promise<void> {
    await connection.unsubscribe(channel);
    if (await this.#isSharded(channel)) await connection.sunsubscribe(channel);
  }

  /** What stands beside a key can be told where the key is; the rest goes to all servers. */
  async #isSharded(channel: string): Promise<boolean> {
    return hasTag(channel) && (await this.#isOfCluster) === true;
  }
}

/** Whether the servers of a client are part of a Cluster; one that does not say is not. */
async function isOfCluster(client: IoredisClient): Promise<boolean> {
  if (isIoredisCluster(client)) return true;
  const info = await client.call('INFO', 'cluster').catch(() => '');
  return String(info).includes('cluster_enabled:1');
}
