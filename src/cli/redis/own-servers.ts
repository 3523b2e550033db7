import {spawn, type ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {mkdtemp, rm} from 'node:fs/promises';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

import {CliError} from '../cli-error.js';
import {EXIT} from '../exit-codes.js';
import {Guardian} from '../process/guardian.js';

/** Servers of this program's own. They end with it. */
export interface OwnServers {
  readonly urls: readonly string[];
  /** Ends them before; nothing is left behind. */
  stop(): Promise<void>;
}

const PROGRAMS = ['redis-server', 'valkey-server', 'keydb-server'];

const START_WITHIN_MS = 10_000;

/** Starts servers that keep nothing. @throws {CliError} when no server program is there, or none starts. */
export async function startOwnServers(
  count: number,
  env: Readonly<NodeJS.ProcessEnv>,
  parent: string = tmpdir(),
): Promise<OwnServers> {
  const dir = await mkdtemp(join(parent, 'holdfast-'));
  const stops: (() => Promise<void>)[] = [() => rm(dir, {recursive: true, force: true})];
  const stop = async (): Promise<void> => {
    while (stops.length > 0) await stops.pop()?.();
  };
  try {
    const urls: string[] = [];
    while (urls.length < count) {
      const port = await freePort();
      const child = await spawnFirst(serverArguments(port, dir), env);
      stops.push(stopper(child));
      await ready(child);
      urls.push(`redis://127.0.0.1:${port}`);
    }
    return {urls, stop};
  } catch (error) {
    await stop();
    throw error;
  }
}

const serverArguments = (port: number, dir: string): readonly string[] =>
  `--port ${port} --bind 127.0.0.1 --appendonly no`.split(' ').concat('--save', '', '--dir', dir);

/** The first of the programs that is there. */
async function spawnFirst(
  args: readonly string[],
  env: Readonly<NodeJS.ProcessEnv>,
): Promise<ChildProcess> {
  for (const program of PROGRAMS) {
    // Ctrl-C is for this program, which still needs them for a moment.
    const child = spawn(program, args, {env, detached: true, stdio: ['ignore', 'pipe', 'ignore']});
    if (child.pid !== undefined) return child;
    await once(child, 'error');
  }
  throw new CliError(
    EXIT.unavailable,
    `The demo needs a Redis: give it one with --redis redis://host:port (several times for a quorum), or put ${PROGRAMS.join(', ')} on the PATH`,
  );
}

async function ready(child: ChildProcess): Promise<void> {
  let log = '';
  await new Promise<void>((resolve, reject) => {
    const fail = (): void => {
      clearTimeout(timer);
      reject(new CliError(EXIT.unavailable, `The server did not start:\n${log.trim()}`));
    };
    const timer = setTimeout(fail, START_WITHIN_MS);
    child.once('exit', fail);
    child.stdout?.on('data', (chunk: Buffer) => {
      log += chunk.toString();
      if (!/ready to accept connections/i.test(log)) return;
      clearTimeout(timer);
      child.off('exit', fail);
      resolve();
    });
  });
  child.stdout?.removeAllListeners('data').resume();
}

function stopper(child: ChildProcess): () => Promise<void> {
  const guardian = new Guardian(0);
  if (child.pid !== undefined) guardian.guard(child.pid);
  return async () => {
    guardian.dismiss();
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
