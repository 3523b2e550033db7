import {ping} from './ping.js';
import type {RedisServer, StartOptions} from './redis-server.js';
import type {RedisSource} from './redis-source.js';

/** Servers that somebody else runs: each is lent to one borrower at a time. */
export async function givenSource(urls: readonly string[]): Promise<RedisSource> {
  const free = urls.map((url) => url.trim()).filter((url) => url !== '');
  await Promise.all(free.map(ping));
  return {
    name: `REDIS_URLS, ${free.length} in all`,
    canFault: false,
    async start(options = {}) {
      refuseOptions(options);
      const url = free.shift();
      if (url === undefined) throw new Error('REDIS_URLS has too few servers for these tests');
      return lend(url, () => free.push(url));
    },
  };
}

function lend(url: string, giveBack: () => void): RedisServer {
  const {hostname, port} = new URL(url);
  let isLent = true;
  const stop = async (): Promise<void> => {
    if (isLent) giveBack();
    isLent = false;
  };
  return {
    url,
    host: hostname,
    port: Number(port || 6379),
    pid: undefined,
    canFault: false,
    stop,
    kill: notOurs,
    pause: notOurs,
    resume: notOurs,
    restart: notOurs,
    [Symbol.asyncDispose]: stop,
  };
}

async function notOurs(): Promise<never> {
  throw new Error('A server of REDIS_URLS is not ours to kill, pause or restart');
}

function refuseOptions({args, config, port}: StartOptions): void {
  if (args !== undefined || config !== undefined || port !== undefined) {
    throw new Error('A server of REDIS_URLS runs already, it takes no arguments');
  }
}
