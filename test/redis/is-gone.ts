import {existsSync} from 'node:fs';
import {Redis} from 'ioredis';
import {isRunning} from '../is-running.js';
import {ping} from './ping.js';
import type {RedisServer} from './redis-server.js';

/** What can be seen of a server from outside. */
export type Traces = {
  readonly url: string;
  readonly pid: number | undefined;
  readonly dir: string;
};

export async function tracesOf({url, pid}: RedisServer): Promise<Traces> {
  const redis = new Redis(url);
  try {
    const [, dir = ''] = await redis.config('GET', 'dir');
    return {url, pid, dir};
  } finally {
    redis.disconnect();
  }
}

/** Whether nothing of the server is left: no process, no folder, no answer. */
export async function isGone({url, pid, dir}: Traces): Promise<boolean> {
  if (existsSync(dir) || (pid !== undefined && isRunning(pid))) return false;
  return ping(url).then(
    () => false,
    () => true,
  );
}
