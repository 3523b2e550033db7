import {Redis} from 'ioredis';

import {at} from '../locker/nodes.js';
import {startProxy} from '../redis/proxy.js';
import type {RedisServer} from '../redis/redis-server.js';
import {startRedis} from '../redis/start-redis.js';
import {startRedisNodes} from '../redis/start-redis-nodes.js';
import {until} from '../until.js';
import {Contender} from './contender.js';
import type {Entry} from './history.js';
import {readLedger, type Writes} from './ledger.js';

export interface WorldOptions {
  readonly subject: string;
  readonly nodes: number;
  readonly contenders: number;
  readonly ttlMs: number;
  readonly random: () => number;
}

// On a machine that is busy with other things.
const LONGEST_START_MS = 60_000;
const RESOURCES = ['one', 'two'];
// More than any acquisition may take, and its release.
const LONGEST_END_MS = 40_000;

/** Servers, client processes and the networks between them: all that there is to be hurt. */
export class World implements AsyncDisposable {
  readonly ttlMs: number;
  readonly random: () => number;
  readonly contenders: Contender[] = [];
  /** Those that were killed and replaced. */
  readonly #gone: Contender[] = [];
  readonly #subject: string;
  readonly #direct: readonly Redis[];
  readonly #ledger: Redis;
  readonly #servers: readonly RedisServer[];
  #born = 0;

  static async start(options: WorldOptions): Promise<World> {
    const servers = await startRedisNodes(options.nodes);
    const ledger = await startRedis();
    const world = new World(servers, ledger, options);
    try {
      await Promise.all(Array.from({length: options.contenders}, () => world.#spawn()));
      await until(() => world.contenders.every((each) => each.hasBegun), LONGEST_START_MS);
    } catch (error) {
      await world[Symbol.asyncDispose]();
      throw error;
    }
    return world;
  }

  private constructor(
    readonly nodes: readonly RedisServer[],
    ledger: RedisServer,
    {subject, ttlMs, random}: WorldOptions,
  ) {
    this.#subject = subject;
    this.ttlMs = ttlMs;
    this.random = random;
    this.#servers = [...nodes, ledger];
    this.#direct = nodes.map(({url}) => new Redis(url, {retryStrategy: () => 20}));
    for (const client of this.#direct) client.on('error', () => {});
    this.#ledger = new Redis(ledger.url);
  }

  /** A connection to a node past all proxies. */
  redis(node: number): Redis {
    return at(this.#direct, node);
  }

  /** One of the items, by chance. */
  pick<T>(items: readonly T[]): T {
    return at(items, Math.floor(this.random() * items.length));
  }

  /** So many different nodes, by chance. */
  pickNodes(count: number): number[] {
    const indices = this.nodes.map((_, index) => index);
    return Array.from({length: count}, () => {
      const [index = 0] = indices.splice(Math.floor(this.random() * indices.length), 1);
      return index;
    });
  }

  /** A process that is in a critical section, if one is to be found. */
  async pickHolder(): Promise<Contender> {
    const holders = (): Contender[] => this.contenders.filter(({isHolding}) => isHolding);
    await until(() => holders().length > 0, 500).catch(() => {});
    const found = holders();
    return this.pick(found.length > 0 ? found : this.contenders);
  }

  /** Kills a client process; another takes its place. */
  async replace(contender: Contender): Promise<void> {
    await contender.kill();
    this.contenders.splice(this.contenders.indexOf(contender), 1);
    this.#gone.push(contender);
    await this.#spawn();
  }

  /** The keys of a node that are no fence counters. */
  async lockKeys(node: number): Promise<string[]> {
    const keys = await this.redis(node).keys('*');
    return keys.filter((key) => !key.endsWith(':fence'));
  }

  async countLockKeys(): Promise<number> {
    const keys = await Promise.all(this.nodes.map((_, node) => this.lockKeys(node)));
    return new Set(keys.flat()).size;
  }

  /** Lets every process acquire once more all that it wants, and end. Says which of them did not. */
  async finish(): Promise<string[]> {
    for (const contender of this.contenders) contender.tell({type: 'finish'});
    const isEnded = (): boolean => this.contenders.every(({isRunning}) => !isRunning);
    await until(isEnded, LONGEST_END_MS).catch(() => {});
    return this.contenders.filter(({isRunning}) => isRunning).map(({name}) => name);
  }

  /** What each process has written down. */
  histories(): ReadonlyMap<string, readonly Entry[]> {
    return new Map(this.#everyone().map((each) => [each.name, each.history()]));
  }

  killed(): ReadonlySet<string> {
    return new Set(this.#gone.map(({name}) => name));
  }

  crashes(): string[] {
    return this.#everyone().flatMap(({crash}) => crash ?? []);
  }

  writes(): Promise<Writes[]> {
    return readLedger(this.#ledger, RESOURCES);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#everyone().map((contender) => contender.stop()));
    for (const client of [...this.#direct, this.#ledger]) client.disconnect();
    await Promise.all(this.#servers.map((server) => server.stop()));
  }

  #everyone(): Contender[] {
    return [...this.contenders, ...this.#gone];
  }

  async #spawn(): Promise<void> {
    this.#born += 1;
    const name = `client ${this.#born}`;
    const proxies = await Promise.all(this.nodes.map((node) => startProxy(node)));
    const contender = await Contender.start(
      {
        name,
        subject: this.#subject,
        ledger: at(this.#servers, this.#servers.length - 1).url,
        resources: RESOURCES,
        ttlMs: this.ttlMs,
        seed: Math.floor(this.random() * 2 ** 31),
      },
      proxies,
    );
    this.contenders.push(contender);
  }
}
