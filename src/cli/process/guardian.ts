import {spawn, type ChildProcess} from 'node:child_process';
import type {Writable} from 'node:stream';

// Reads whom to end, and then until this process is no more. Whoever is stopped has to wake up to end.
const SCRIPT = `
read -r target || exit
read -r end
kill -s TERM -- "$target" && kill -s CONT -- "$target"
sleep "$1"
kill -s KILL -- "$target"
`;

/** Ends another process when this one dies in a way that leaves it no time to. */
export class Guardian {
  readonly #process: ChildProcess | undefined;

  /** To be made before the other process is, so that this one cannot die in between. */
  constructor(graceMs: number) {
    if (process.platform === 'win32') return;
    this.#process = spawn('/bin/sh', ['-c', SCRIPT, 'sh', String(Math.ceil(graceMs / 1000))], {
      // What ends this process must not end the guardian.
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    // Without one there is one precaution less.
    this.#process.on('error', () => undefined);
    this.#process.stdin?.on('error', () => undefined);
    this.#process.unref();
  }

  /** Where the other process may say itself whom to end, in a line; undefined where there are no guardians. */
  get channel(): Writable | undefined {
    return this.#process?.stdin ?? undefined;
  }

  /** Says whom to end: a process, or with a negative number a process group. */
  guard(target: number): void {
    this.#process?.stdin?.write(`${target}\n`);
  }

  /** All went well, and nobody is to be ended any more. */
  dismiss(): void {
    this.#process?.kill('SIGKILL');
  }
}
