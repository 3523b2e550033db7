import {fork, type ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {setTimeout as delay} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';

import type {Assignment} from './assignment.js';
import {isReport, type Report} from './report.js';

/** What happens to the contenders. */
export interface ContenderEvents {
  onReport(pid: number, report: Report): void;
  /** One ended that nobody wanted to end. */
  onExit(why: string): void;
}

export interface ContendersOptions extends ContenderEvents {
  /** The module that each process runs. */
  readonly program: URL;
  readonly assignment: Assignment;
}

// After so long a process that was asked to stop is made to.
const STOP_WITHIN_MS = 3000;

/** The processes that want the lock. */
export class Contenders {
  readonly #options: ContendersOptions;
  readonly #running = new Map<number, ChildProcess>();
  readonly #doomed = new Set<number>();

  constructor(options: ContendersOptions) {
    this.#options = options;
  }

  /** Starts one more. */
  start(): number {
    const {program, assignment} = this.#options;
    const child = fork(fileURLToPath(program), [JSON.stringify(assignment)], {
      // Ctrl+C is for us: they end when we say so, and when we are gone.
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    const {pid} = child;
    if (pid === undefined) throw new Error('Could not start a process for the demo');
    this.#running.set(pid, child);
    this.#watch(pid, child);
    return pid;
  }

  /** Kills one with SIGKILL: it has no chance to release anything. Resolves when it is gone. */
  async kill(pid: number): Promise<void> {
    const child = this.#running.get(pid);
    if (child === undefined) return;
    this.#doomed.add(pid);
    const gone = once(child, 'close');
    child.kill('SIGKILL');
    await gone;
  }

  /** Lets all of them finish what they are doing; none is left when it resolves. */
  async stop(): Promise<void> {
    const children = [...this.#running];
    await Promise.all(children.map(([pid, child]) => this.#stop(pid, child)));
  }

  async #stop(pid: number, child: ChildProcess): Promise<void> {
    this.#doomed.add(pid);
    const gone = once(child, 'close');
    const done = new AbortController();
    if (child.connected) child.send('stop', () => undefined);
    const tooLate = delay(STOP_WITHIN_MS, undefined, {signal: done.signal}).then(
      () => child.kill('SIGKILL'),
      () => undefined,
    );
    await gone;
    done.abort();
    await tooLate;
  }

  #watch(pid: number, child: ChildProcess): void {
    let complaint = '';
    child.stderr?.on('data', (chunk: Buffer) => (complaint = (complaint + chunk).slice(-2000)));
    child.on('message', (message) => {
      if (isReport(message)) this.#options.onReport(pid, message);
    });
    // Not `exit`, which may come before the last reports.
    child.on('close', (code, signal) => {
      this.#running.delete(pid);
      if (this.#doomed.has(pid)) return;
      this.#options.onExit(
        `process ${pid} ended by itself (${signal ?? code})\n${complaint}`.trim(),
      );
    });
  }
}
