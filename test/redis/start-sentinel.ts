import {Redis} from 'ioredis';
import {until} from '../until.js';
import type {RedisServer} from './redis-server.js';
import {startRedis} from './start-redis.js';

const sentinelCount = 3;

export type SentinelGroup = AsyncDisposable & {
  /** What the sentinels call the master. */
  readonly name: string;
  readonly master: RedisServer;
  readonly replica: RedisServer;
  readonly sentinels: readonly RedisServer[];
  stop(): Promise<void>;
};

/** A master, its replica, and the sentinels who make the one follow the other. */
export async function startSentinel(name = 'primary'): Promise<SentinelGroup> {
  const started: RedisServer[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(started.map((server) => server.stop()));
  };
  const start: typeof startRedis = async (options) => {
    const server = await startRedis(options);
    started.push(server);
    return server;
  };

  try {
    const master = await start({args: ['--repl-diskless-sync-delay', '0']});
    const replica = await start({args: ['--replicaof', `${master.host} ${master.port}`]});
    await until(() => replicates(replica));
    const sentinels: RedisServer[] = [];
    for (let count = 0; count < sentinelCount; count += 1) {
      sentinels.push(await start({args: ['--sentinel'], config: configOf(name, master)}));
    }
    await Promise.all(sentinels.map((sentinel) => until(() => knowsAll(sentinel, name))));
    return {name, master, replica, sentinels, stop, [Symbol.asyncDispose]: stop};
  } catch (error) {
    await stop();
    throw error;
  }
}

function configOf(name: string, {host, port}: RedisServer): string {
  return `
sentinel monitor ${name} ${host} ${port} 2
sentinel down-after-milliseconds ${name} 300
sentinel failover-timeout ${name} 2000
`;
}

async function replicates(replica: RedisServer): Promise<boolean> {
  const info = await ask(replica, (redis) => redis.info('replication'));
  return info.includes('master_link_status:up');
}

async function knowsAll(sentinel: RedisServer, name: string): Promise<boolean> {
  const reply = await ask(sentinel, (redis) => redis.call('SENTINEL', 'MASTER', name));
  const facts = reply as readonly string[];
  const value = (key: string): number => Number(facts[facts.indexOf(key) + 1]);
  return value('num-slaves') === 1 && value('num-other-sentinels') === sentinelCount - 1;
}

async function ask<T>(server: RedisServer, question: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(server.url, {enableReadyCheck: false, protocol: 2});
  try {
    return await question(redis);
  } finally {
    redis.disconnect();
  }
}
