import {spawn, type ChildProcess} from 'node:child_process';
import {constants} from 'node:os';
import {setTimeout as delay} from 'node:timers/promises';

import {CliError} from '../cli-error.js';
import {EXIT} from '../exit-codes.js';
import {guard} from './guardian.js';
import {stopHere, type PassedSignal} from './signals.js';

export interface JobOptions {
  readonly env: Readonly<NodeJS.ProcessEnv>;
  /** Whether the words are one line for a shell. */
  readonly isShell: boolean;
  /** Whether the command shares this program's process group, and with it the terminal. */
  readonly isForeground: boolean;
  /** How long the command may take to end when it is asked to. */
  readonly graceMs: number;
}

const POLL_MS = 20;

/** What a terminal sends to every process in its foreground. */
const BY_TERMINAL: ReadonlySet<PassedSignal> = new Set([
  'SIGINT',
  'SIGQUIT',
  'SIGTSTP',
  'SIGWINCH',
  'SIGCONT',
]);

/** A command that runs, and all that it starts. */
export class Job {
  readonly #child: ChildProcess;
  readonly #options: JobOptions;
  /** The process, or its group as a negative number. */
  readonly #target: number;
  readonly #dismissGuardian: () => void;
  /** Resolves to the command's exit code, which is 128 + n after signal n. */
  readonly exit: Promise<number>;

  private constructor(child: ChildProcess, pid: number, isGroup: boolean, options: JobOptions) {
    this.#child = child;
    this.#options = options;
    this.#target = isGroup ? -pid : pid;
    this.#dismissGuardian = guard(this.#target, options.graceMs);
    this.exit = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        this.#dismissGuardian();
        resolve(code ?? EXIT.signal + (signal === null ? 0 : constants.signals[signal]));
      });
    });
  }

  /** @throws {CliError} when the command is not there or cannot be run. */
  static async start(command: readonly string[], options: JobOptions): Promise<Job> {
    const {env, isShell, isForeground} = options;
    // A group of its own takes a session of its own, which no terminal reaches.
    const isGroup = !isForeground && process.platform !== 'win32';
    const [file = '', ...args] = isShell ? [command.join(' ')] : command;
    const child = spawn(file, args, {env, detached: isGroup, shell: isShell, stdio: 'inherit'});
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', (cause) => reject(startError(file, cause)));
    });
    // Kept, so that a signal which cannot be sent throws nothing.
    child.on('error', () => undefined);
    return new Job(child, child.pid ?? 0, isGroup, options);
  }

  /** Passes on a signal that this program was sent. */
  receive(name: PassedSignal): void {
    if (this.#options.isForeground) {
      // The command has got it already; a terminal's stop is for this program as well.
      if (name === 'SIGTSTP') stopHere();
      if (!BY_TERMINAL.has(name)) this.#send(name);
      return;
    }
    if (name !== 'SIGTSTP') {
      this.#send(name);
      return;
    }
    // The group has no terminal: it would not heed the signal, which can be ignored.
    this.#send('SIGSTOP');
    stopHere();
  }

  /** Asks the command to end, and makes it after `withinMs`. Resolves when it has, and in a group all that it started. */
  async end(withinMs: number): Promise<void> {
    this.#send('SIGTERM');
    this.#send('SIGCONT');
    const killAt = performance.now() + withinMs;
    while (this.#isAlive && performance.now() < killAt) await delay(POLL_MS);
    if (this.#isAlive) this.#send('SIGKILL');
    await this.exit;
  }

  get #isAlive(): boolean {
    if (this.#target > 0) return this.#child.exitCode === null && this.#child.signalCode === null;
    return this.#send(0);
  }

  /** Whether there was anybody to send it to. */
  #send(signal: NodeJS.Signals | 0): boolean {
    // The number of a process that is gone may be another's by now; that of a group stays while it has members.
    if (this.#target > 0) return this.#child.kill(signal);
    try {
      return process.kill(this.#target, signal);
    } catch (error) {
      // They are there, and belong to another user.
      return error instanceof Error && 'code' in error && error.code === 'EPERM';
    }
  }
}

function startError(file: string, cause: NodeJS.ErrnoException): CliError {
  const isAbsent = cause.code === 'ENOENT';
  const why = isAbsent ? 'no such command' : cause.message;
  return new CliError(
    isAbsent ? EXIT.notFound : EXIT.notExecutable,
    `Cannot run "${file}": ${why}`,
    {cause},
  );
}
