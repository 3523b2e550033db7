import {spawn} from 'node:child_process';
import type {ChildProcessByStdio} from 'node:child_process';
import {once} from 'node:events';
import type {Readable} from 'node:stream';
import {environmentOf} from './binary.js';
import type {Binary} from './binary.js';
import {readyLine, startError} from './redis-process.js';
import type {Launch, RedisProcess} from './redis-process.js';
import {unref} from './unref.js';

type Child = ChildProcessByStdio<null, Readable, Readable>;

/** Runs the server as a child of this process. */
export function launchLocal(binary: Binary): Launch {
  return async (args, {onSpawn, onExit}) => {
    const child = spawn(binary.path, args, {
      env: environmentOf(binary),
      // Ctrl+C is for this process; it may still need its servers to end well.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.once('exit', onExit);
    onSpawn(child.pid);
    await ready(child);
    letGo(child);
    return toProcess(child);
  };
}

function toProcess(child: Child): RedisProcess {
  return {
    pid: child.pid,
    async signal(name) {
      child.kill(name);
    },
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.ref();
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

async function ready(child: Child): Promise<void> {
  let log = '';
  const outputs = [child.stdout, child.stderr];
  await new Promise<void>((resolve, reject) => {
    for (const output of outputs) {
      output.on('data', (chunk: Buffer) => {
        log += chunk.toString();
        if (readyLine.test(log)) resolve();
      });
    }
    child.once('error', reject);
    child.once('close', () => reject(startError(log)));
  });
  for (const output of outputs) output.removeAllListeners('data').resume();
}

// A server that nobody stopped must not keep a process alive which is otherwise done.
function letGo(child: Child): void {
  child.unref();
  unref(child.stdout);
  unref(child.stderr);
}
