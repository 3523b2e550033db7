import {execFile} from 'node:child_process';
import {promisify} from 'node:util';

const run = promisify(execFile);

/** A `redis-server` on this machine. */
export type Binary = {
  readonly path: string;
  /** Where the libraries are that the machine lacks. */
  readonly libraryPath?: string;
};

/** Its kind and version, such as `Redis 7.0.15`; rejects when it does not run here. */
export async function versionOf(binary: Binary): Promise<string> {
  const {stdout} = await run(binary.path, ['--version'], {env: environmentOf(binary)});
  const [, kind, version] = /^(\w+) .*?v=([\d.]+)/.exec(stdout) ?? [];
  if (kind === undefined || version === undefined) {
    throw new Error(`${binary.path} is not a Redis server: ${stdout.trim()}`);
  }
  return `${kind} ${version}`;
}

export function environmentOf({libraryPath}: Binary): NodeJS.ProcessEnv {
  if (libraryPath === undefined) return process.env;
  return {...process.env, LD_LIBRARY_PATH: libraryPath};
}
