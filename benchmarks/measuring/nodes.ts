import {Redis, type RedisOptions} from 'ioredis';

import type {RedisServer} from '../../test/redis/redis-server.js';
import {startRedisNodes} from '../../test/redis/start-redis-nodes.js';
import {commandCount} from './command-count.js';

export type ClientOptions = Omit<RedisOptions, 'replyMapping'>;

/** Servers to measure on, and connections to look at them. */
export class Nodes implements AsyncDisposable {
  readonly servers: readonly RedisServer[];
  readonly direct: readonly Redis[];

  static async start(count: number): Promise<Nodes> {
    return new Nodes(await startRedisNodes(count));
  }

  private constructor(servers: readonly RedisServer[]) {
    this.servers = servers;
    this.direct = connect(this.urls);
  }

  get urls(): readonly string[] {
    return this.servers.map(({url}) => url);
  }

  /** The first of them, as a place of its own: it belongs to the whole, which stops it. */
  first(count: number): Nodes {
    return new Nodes(this.servers.slice(0, count));
  }

  /** See {@link commandCount}. */
  commandCount(plain?: readonly string[]): Promise<number> {
    return commandCount(this.direct, plain);
  }

  /** How many connections the first of them has, without those that only look. */
  async clientCount(): Promise<number> {
    const [redis] = this.direct;
    const info = (await redis?.info('clients')) ?? '';
    return Number(/^connected_clients:(\d+)/m.exec(info)?.[1]) - 1;
  }

  disconnect(): void {
    for (const client of this.direct) client.disconnect();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.disconnect();
    await Promise.all(this.servers.map((server) => server.stop()));
  }
}

/** A client of each server. Their troubles show in what is asked of them. */
export function connect(urls: readonly string[], options: ClientOptions = {}): Redis[] {
  const clients = urls.map((url) => new Redis(url, options));
  for (const client of clients) client.on('error', () => {});
  return clients;
}
