import {Redis, type RedisOptions} from 'ioredis';

import {startProxy, type Proxy} from '../redis/proxy.js';
import type {RedisServer} from '../redis/redis-server.js';
import {startRedisNodes} from '../redis/start-redis-nodes.js';
import {until} from '../until.js';

export type ClientOptions = Omit<RedisOptions, 'replyMapping'>;

/** Independent servers, each behind a network of its own that can be made to fail. */
export class Nodes implements AsyncDisposable {
  readonly #clients = new Set<Redis>();

  static async start(count: number): Promise<Nodes> {
    const servers = await startRedisNodes(count);
    const proxies = await Promise.all(servers.map((server) => startProxy(server)));
    return new Nodes(servers, proxies);
  }

  private constructor(
    readonly servers: readonly RedisServer[],
    readonly proxies: readonly Proxy[],
  ) {
    this.direct = this.#connect(servers.map(({url}) => url));
  }

  /** Connections past the networks, to look at what the servers have. */
  readonly direct: readonly Redis[];

  /** New clients, one for each server. */
  connect(options?: ClientOptions): Redis[] {
    return this.#connect(
      this.servers.map(({url}) => url),
      options,
    );
  }

  /** New clients, one for each server, through the networks. */
  connectThroughProxies(options?: ClientOptions): Redis[] {
    return this.#connect(
      this.proxies.map(({url}) => url),
      options,
    );
  }

  server(index: number): RedisServer {
    return at(this.servers, index);
  }

  proxy(index: number): Proxy {
    return at(this.proxies, index);
  }

  redis(index: number): Redis {
    return at(this.direct, index);
  }

  /** What every server has under a key. */
  get(key: string): Promise<(string | null)[]> {
    return Promise.all(this.direct.map((redis) => redis.get(key)));
  }

  /** Resolves once every server has this value: a lock is obtained before the slower ones of a quorum know of it. */
  async haveAll(key: string, value: string): Promise<void> {
    await until(async () => (await this.get(key)).every((each) => each === value));
  }

  /** How many of the servers have a key. */
  async count(key: string): Promise<number> {
    const values = await Promise.all(this.direct.map((redis) => redis.exists(key)));
    return values.reduce((sum, value) => sum + value, 0);
  }

  /** Ends the network troubles of a test. */
  heal(): void {
    for (const proxy of this.proxies) {
      proxy.delay(0);
      proxy.release();
    }
  }

  async stop(): Promise<void> {
    for (const client of this.#clients) client.disconnect();
    await Promise.all(this.proxies.map((proxy) => proxy.stop()));
    await Promise.all(this.servers.map((server) => server.stop()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #connect(urls: readonly string[], options: ClientOptions = {}): Redis[] {
    const all: ClientOptions = {retryStrategy: () => 20, ...options};
    const clients = urls.map((url) => new Redis(url, all));
    for (const client of clients) {
      client.on('error', () => {});
      this.#clients.add(client);
    }
    return clients;
  }
}

/** The item at a place where there must be one. */
export function at<T>(items: readonly T[], index: number): T {
  const item = items[index];
  if (item === undefined) throw new RangeError(`Expected \`index\` to be below ${items.length}`);
  return item;
}

/** The key under which a locker with the usual prefix keeps a resource. */
export const keyOf = (resource: string): string => `lock:${resource}`;

/** The key of the fence counter of a resource without a hash tag. */
export const fenceKeyOf = (resource: string): string => `{lock:${resource}}:fence`;
