import {spawn} from 'node:child_process';
import type {ChildProcessByStdio} from 'node:child_process';
import type {Readable} from 'node:stream';
import {environmentOf} from './binary.js';
import type {Binary} from './binary.js';
import {PortTakenError, readyLine} from './redis-process.js';
import type {Launch, RedisProcess} from './redis-process.js';

type Child = ChildProcessByStdio<null, Readable, null>;

/** Runs the server as a child of this process. */
export function launchLocal(binary: Binary): Launch {
  return async (args, {onSpawn}) => {
    const child = spawn(binary.path, args, {
      env: environmentOf(binary),
      // Ctrl+C is for this process; it may still need its servers to end well.
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    onSpawn(child.pid);
    const exited = new Promise<void>((resolve) => {
      child.once('exit', () => resolve());
      child.once('error', () => resolve());
    });
    await ready(child);
    letGo(child);
    return toProcess(child, exited);
  };
}

function toProcess(child: Child, exited: Promise<void>): RedisProcess {
  return {
    pid: child.pid,
    exited,
    async signal(name) {
      if (name === 'SIGKILL') child.ref();
      child.kill(name);
    },
  };
}

async function ready(child: Child): Promise<void> {
  let log = '';
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      log += chunk.toString();
      if (readyLine.test(log)) resolve();
    });
    child.once('error', reject);
    child.once('close', () => {
      const taken = /Address already in use|Could not create server TCP/i.test(log);
      reject(
        taken
          ? new PortTakenError('The port is in use')
          : new Error(`Redis ended before it was ready:\n${log.trim()}`),
      );
    });
  });
  child.stdout.removeAllListeners('data');
}

// A server that nobody stopped must not keep a process alive which is otherwise done.
function letGo(child: Child): void {
  child.stdout.resume();
  child.unref();
  (child.stdout as Readable & {unref?: () => void}).unref?.();
}
