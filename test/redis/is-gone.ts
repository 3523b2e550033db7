import {existsSync, readFileSync} from 'node:fs';
import {Redis} from 'ioredis';
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
  if (existsSync(dir) || (pid !== undefined && isAlive(pid))) return false;
  return ping(url).then(
    () => false,
    () => true,
  );
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // Dead, and its new parent has not noticed yet.
    const isZombie = existsSync('/proc') && / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    return !isZombie;
  } catch {
    return false;
  }
}
