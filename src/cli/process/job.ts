import {spawn, type ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {constants} from 'node:os';
import {setTimeout as delay} from 'node:timers/promises';

import {CliError} from '../cli-error.js';
import {EXIT} from '../exit-codes.js';
import {Guardian} from './guardian.js';
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
  /** Resolves to the command's exit code, which is 128 + n after signal n. */
  readonly exit: Promise<number>;

  private constructor(child: ChildProcess, target: number, options: JobOptions) {
    this.#child = child;
    this.#options = options;
    this.#target = target;
    this.exit = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        resolve(code ?? EXIT.signal + (signal === null ? 0 : constants.signals[signal]));
      });
    });
  }

  /**
   * Starts a command. One that is not there, or cannot be run, ends with the exit code that a shell has for that.
   *
   * @throws {CliError} when not even that can be tried.
   */
  static async start(command: readonly string[], options: JobOptions): Promise<Job> {
    const {env, isShell, isForeground} = options;
    const guardian = new Guardian(options.graceMs);
    const {channel} = guardian;
    // A group of its own takes a session of its own, which no terminal reaches.
    const isGroup = !isForeground && channel !== undefined;
    const child =
      channel === undefined
        ? spawnBare(command, options)
        : spawn('/bin/sh', registered(isGroup, isShell ? [...SHELL, command.join(' ')] : command), {
            env,
            detached: isGroup,
            stdio: ['inherit', 'inherit', 'inherit', channel],
          });
    const {pid} = child;
    child.once('exit', () => guardian.dismiss());
    if (pid === undefined) {
      guardian.dismiss();
      const [cause] = await once(child, 'error');
      throw new CliError(EXIT.notExecutable, `Cannot run a command: ${String(cause)}`, {cause});
    }
    // A signal that cannot be sent is no reason to end.
    child.on('error', () => undefined);
    return new Job(child, isGroup ? -pid : pid, options);
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

const SHELL = ['/bin/sh', '-c'];

/** Lets the command tell the guardian whom to end before it becomes what it is: at no time does it run unguarded. */
const registered = (isGroup: boolean, command: readonly string[]): readonly string[] => [
  '-c',
  `echo ${isGroup ? '-' : ''}$$ >&3; exec "$@" 3>&-`,
  'holdfast',
  ...command,
];

/** Starts the command where there are no guardians, and no groups. */
function spawnBare(command: readonly string[], {env, isShell}: JobOptions): ChildProcess {
  const [file = '', ...args] = isShell ? [command.join(' ')] : command;
  return spawn(file, args, {env, shell: isShell, stdio: 'inherit'});
}
