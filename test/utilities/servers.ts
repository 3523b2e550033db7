import type {SupportedClient} from 'holdfast/utilities';
import {Redis} from 'ioredis';
import {randomUUID} from 'node:crypto';
import {binarySource} from '../redis/binary-source.js';
import {chosenSource} from '../redis/chosen-source.js';
import {newerDebianBinary} from '../redis/newer-debian-binary.js';
import type {RedisServer, StartOptions} from '../redis/redis-server.js';
import type {RedisSource} from '../redis/redis-source.js';

/** Fetching a package may take that long; it is done once. */
const fetchMs = 120_000;

const sources = new Map<string, Promise<RedisSource | string>>();

const places = {
  'the Redis of all tests': chosenSource,
  'Redis 8': () => newer('redis'),
  'Valkey 8': () => newer('valkey'),
};

/** Registers the tests once for every kind of server; those of a server that cannot be had are skipped. */
export function onEachServer(define: (server: ServerUnderTest) => void): void {
  for (const [title, source] of Object.entries(places)) {
    describe(`on ${title}`, () => {
      const server = new ServerUnderTest();

      before(async function () {
        this.timeout(fetchMs);
        const found = await once(title, source);
        if (typeof found === 'string') {
          skip(this, `no ${title} to test with: ${found}`);
        }
        await server.use(found);
      });
      beforeEach(() => server.freshKeys());
      after(() => server.stop());

      define(server);
    });
  }
}

/** A server, clients of every kind, and keys that no other test has. */
export class ServerUnderTest {
  readonly #prefix = `holdfast-test:${randomUUID()}:`;
  #tests = 0;
  #source: RedisSource | undefined;
  #server: RedisServer | undefined;
  #resp3: Redis | undefined;
  #resp2: Redis | undefined;

  /** Speaks RESP3. */
  get redis(): Redis {
    return present(this.#resp3);
  }

  get resp2(): Redis {
    return present(this.#resp2);
  }

  get url(): string {
    return present(this.#server).url;
  }

  get address(): {host: string; port: number} {
    return present(this.#server);
  }

  /** The clients that the utilities must work with alike. */
  clients(): Record<string, SupportedClient> {
    return {
      'ioredis, RESP3': this.redis,
      'ioredis, RESP2': this.resp2,
      'an object with send': {send: (command, args) => this.redis.call(command, ...args)},
    };
  }

  /** Another server of this kind; undefined where the servers are not ours to start. */
  async another(options: StartOptions): Promise<RedisServer | undefined> {
    return present(this.#source).canFault ? present(this.#source).start(options) : undefined;
  }

  /** A command as one types it: `""` is an empty argument, `now-500` the server's time less 500 ms. */
  async command(text: string): Promise<unknown> {
    const words = await Promise.all(text.split(/ +/).map((word) => this.#argument(word)));
    const [name = '', ...args] = words;
    return this.redis.call(name, ...args);
  }

  /** The server's time in whole milliseconds. */
  async now(): Promise<number> {
    const [seconds, micros] = await this.redis.time();
    return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
  }

  async use(source: RedisSource): Promise<void> {
    this.#source = source;
    this.#server = await source.start();
    this.#resp3 = new Redis(this.url, {protocol: 3});
    this.#resp2 = new Redis(this.url, {protocol: 2});
  }

  freshKeys(): void {
    this.#tests += 1;
    for (const client of [this.redis, this.resp2]) {
      client.options.keyPrefix = `${this.#prefix}${this.#tests}:`;
    }
  }

  async stop(): Promise<void> {
    if (this.#server === undefined) return;
    await this.#removeKeys();
    this.redis.disconnect();
    this.resp2.disconnect();
    await this.#server.stop();
  }

  async #argument(word: string): Promise<string> {
    if (word === '""') return '';
    const [, offset] = /^now([+-]\d+)?$/.exec(word) ?? [word, undefined];
    return word.startsWith('now') ? String((await this.now()) + Number(offset ?? 0)) : word;
  }

  // The server may be somebody's, with other keys on it.
  async #removeKeys(): Promise<void> {
    this.redis.options.keyPrefix = '';
    const keys = await this.redis.keys(`${this.#prefix}*`);
    if (keys.length > 0) await this.redis.unlink(keys);
  }
}

/** Skips a test, and says why. */
export function skip(test: Mocha.Context, reason: string): never {
  process.stderr.write(`Skipped, ${reason}\n`);
  return test.skip();
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the server is not started yet');
  return value;
}

async function newer(kind: 'redis' | 'valkey'): Promise<RedisSource | string> {
  const binary = await newerDebianBinary(kind);
  return typeof binary === 'string' ? binary : binarySource(binary);
}

function once(
  title: string,
  find: () => Promise<RedisSource | string>,
): Promise<RedisSource | string> {
  const found = sources.get(title) ?? find();
  sources.set(title, found);
  return found;
}
