import {fork, type ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {fileURLToPath} from 'node:url';

const PROGRAM = fileURLToPath(new URL('candidate.worker.js', import.meta.url));

export interface CandidateOptions {
  readonly urls: readonly string[];
  readonly name: string;
  readonly ttlMs: number;
  /** How many candidates the process has, each with connections of its own. */
  readonly count: number;
}

/** What a process of candidates tells, and when that was by `nowMs`. */
export interface CandidateTold {
  readonly kind: 'leads' | 'resigns';
  readonly at: number;
}

/** A process with candidates of an election. */
export class Candidates implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #told: CandidateTold[] = [];

  constructor(options: CandidateOptions) {
    this.#process = fork(PROGRAM, [JSON.stringify(options)]);
    this.#process.on('message', (told) => this.#told.push(told as CandidateTold));
  }

  /** Whether the last thing that it told is that one of its candidates leads. */
  get leads(): boolean {
    return this.#told.at(-1)?.kind === 'leads';
  }

  /** When it last told so; 0 when it never did. */
  lastly(kind: CandidateTold['kind']): number {
    return this.#told.findLast((told) => told.kind === kind)?.at ?? 0;
  }

  resign(): void {
    this.#process.send('resign');
  }

  async kill(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    this.#process.kill('SIGKILL');
    await once(this.#process, 'exit');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}
