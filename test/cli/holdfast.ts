import {spawn, type ChildProcessByStdio} from 'node:child_process';
import {once} from 'node:events';
import type {Readable, Writable} from 'node:stream';
import {fileURLToPath} from 'node:url';

const BIN = fileURLToPath(new URL('../../../dist/cli/bin.js', import.meta.url));

/** The command line in a process of its own. */
export interface Holdfast {
  readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
  /** What it and its command have printed until now. */
  readonly stdout: string;
  /** What it and its command have complained about until now. */
  readonly stderr: string;
  /** Resolves to the exit code, or to the signal that ended it, when all is printed. */
  readonly ended: Promise<number | string | null>;
}

/** Starts `holdfast` with these arguments on the servers of these urls. */
export function holdfast(
  urls: readonly string[],
  args: readonly string[],
  env: Readonly<NodeJS.ProcessEnv> = {},
): Holdfast {
  const child = spawn(process.execPath, [BIN, ...args], {
    env: {...process.env, REDIS_URLS: urls.join(','), ...env},
    stdio: 'pipe',
  });
  const texts = {stdout: '', stderr: ''};
  child.stdout.on('data', (chunk: Buffer) => (texts.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (texts.stderr += chunk.toString()));
  return {
    child,
    get stdout() {
      return texts.stdout;
    },
    get stderr() {
      return texts.stderr;
    },
    ended: once(child, 'close').then(([code, signal]) => code ?? signal),
  };
}
