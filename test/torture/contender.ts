import {fork, type ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {mkdtemp} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

import type {Proxy} from '../redis/proxy.js';
import {startReaper, type Reaper} from '../redis/reaper.js';
import type {Order, Task} from './contender.worker.js';
import {readHistory, type Entry} from './history.js';

const worker = fileURLToPath(new URL('contender.worker.js', import.meta.url));

/** A client process that can be hurt, with a network of its own to each node. */
export class Contender {
  readonly name: string;
  readonly proxies: readonly Proxy[];
  /** Whether it was killed on purpose. */
  isKilled = false;
  /** Whether it has had the lock. */
  hasBegun = false;
  readonly #child: ChildProcess;
  readonly #reaper: Reaper;
  readonly #history: string;
  readonly #exit: Promise<unknown>;
  readonly #holding = new Set<string>();
  #output = '';

  static async start(task: Omit<Task, 'urls' | 'history'>, proxies: Proxy[]): Promise<Contender> {
    const dir = await mkdtemp(join(tmpdir(), 'holdfast-torture-'));
    return new Contender(task, proxies, dir);
  }

  private constructor(task: Omit<Task, 'urls' | 'history'>, proxies: Proxy[], dir: string) {
    this.name = task.name;
    this.proxies = proxies;
    this.#history = join(dir, 'history');
    const whole: Task = {...task, urls: proxies.map(({url}) => url), history: this.#history};
    // A process that stands still would outlive this one.
    this.#reaper = startReaper(dir);
    this.#child = fork(worker, [JSON.stringify(whole)], {stdio: ['ignore', 'pipe', 'pipe', 'ipc']});
    this.#reaper.watch(this.#child.pid);
    this.#exit = once(this.#child, 'exit');
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (text: Buffer) => (this.#output += text.toString()));
    }
    this.#child.on('message', (message) => {
      const {resource, isHolding} = message as {resource: string; isHolding: boolean};
      this.hasBegun = true;
      if (isHolding) this.#holding.add(resource);
      else this.#holding.delete(resource);
    });
  }

  /** Whether it is in a critical section now, as far as is known. */
  get isHolding(): boolean {
    return this.isRunning && this.#holding.size > 0;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Why it should not have ended as it did, if so. */
  get crash(): string | undefined {
    const {exitCode, signalCode} = this.#child;
    if (this.isKilled || this.isRunning || exitCode === 0) return undefined;
    return `${this.name} ended with ${exitCode ?? signalCode}: ${this.#output.slice(-400)}`;
  }

  tell(order: Order): void {
    // It may be gone by now, which is seen elsewhere.
    if (this.#child.connected) this.#child.send(order, () => {});
  }

  freeze(): void {
    this.#child.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child.kill('SIGCONT');
  }

  async kill(): Promise<void> {
    this.isKilled = true;
    this.#child.kill('SIGKILL');
    await this.#exit;
  }

  ended(): Promise<unknown> {
    return this.#exit;
  }

  history(): Entry[] {
    try {
      return readHistory(this.#history);
    } catch {
      // It was killed before its first line.
      return [];
    }
  }

  /** Ends it in any case, and removes what it left on the disk. */
  async stop(): Promise<void> {
    if (this.isRunning) this.#child.kill('SIGKILL');
    await this.#reaper.reap();
    await Promise.all(this.proxies.map((proxy) => proxy.stop()));
  }
}
