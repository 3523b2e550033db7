import {expect} from 'chai';
import type {RedisClient} from 'holdfast';
import {MemoryRedis} from 'holdfast/testing';
import {Redis} from 'ioredis';

import type {RedisServer} from '../redis/redis-server.js';
import {startRedis} from '../redis/start-redis.js';

/** A server and a node in memory, which are told the same and must answer alike. */
export class Both implements AsyncDisposable {
  static async start(): Promise<Both> {
    return new Both(await startRedis());
  }

  readonly memory: MemoryRedis = new MemoryRedis();
  readonly real: Redis;
  readonly #server: RedisServer;

  private constructor(server: RedisServer) {
    this.#server = server;
    this.real = new Redis(server.url, {protocol: 2});
  }

  /** Each of the two, as a client. */
  get clients(): readonly RedisClient[] {
    return [{send: (command, args) => this.real.call(command, ...args)}, this.memory];
  }

  async clear(): Promise<void> {
    await this.same('FLUSHALL');
    await this.same('SCRIPT', 'FLUSH');
  }

  /** What both answer: a reply, or the text of an error. */
  async same(command: string, ...args: readonly string[]): Promise<unknown> {
    const [real, memory] = await Promise.all(
      this.clients.map((client) => outcomeOf(client, command, args)),
    );
    expect(memory, `${command} ${args.join(' ')}`).to.deep.equal(real);
    return memory;
  }

  /** What both answer with a time that may differ by what lies between two commands. */
  async similar(command: string, ...args: readonly string[]): Promise<number> {
    const [real, memory] = await Promise.all(
      this.clients.map((client) => outcomeOf(client, command, args)),
    );
    expect(memory).to.be.a('number').closeTo(Number(real), 5000);
    return Number(memory);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.real.disconnect();
    await this.#server.stop();
  }
}

/** A reply, or the text of an error, without what differs between versions of servers. */
async function outcomeOf(
  client: RedisClient,
  command: string,
  args: readonly string[],
): Promise<unknown> {
  try {
    return await client.send(command, [...args]);
  } catch (error) {
    const {message} = error as Error;
    return `error: ${message.replace(/ script: .*$/s, '').replace(/, with args beginning with:.*$/s, '')}`;
  }
}
