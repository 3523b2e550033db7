import {fork, type ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {fileURLToPath} from 'node:url';

import type {Entrant, Sample} from '../measuring/interleave.js';
import type {Kind} from '../subjects/subject.js';
import type {Answer, Deeds} from './messages.js';

const PROGRAM = fileURLToPath(new URL('agent.worker.js', import.meta.url));

interface Waiting {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Another process, which locks when it is asked to. */
export class Agent implements AsyncDisposable {
  readonly #process: ChildProcess = fork(PROGRAM);
  readonly #waiting = new Map<number, Waiting>();
  #asked = 0;

  constructor() {
    this.#process.on('message', (answer) => this.#settle(answer as Answer));
    this.#process.on('exit', (code, signal) => this.#end(`ended with ${code ?? signal}`));
  }

  ask<D extends keyof Deeds>(
    deed: D,
    subject: string,
    ask: Deeds[D]['ask'],
  ): Promise<Deeds[D]['answer']> {
    this.#asked += 1;
    const id = this.#asked;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, {resolve: (answer) => resolve(answer as Deeds[D]['answer']), reject});
      this.#process.send({id, deed, subject, ask}, (error) => {
        if (error !== null) this.#end('cannot be reached');
      });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    this.#process.kill('SIGKILL');
    await once(this.#process, 'exit');
  }

  #settle(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if ('failure' in answer) waiting?.reject(new Error(answer.failure));
    else waiting?.resolve(answer.answer);
  }

  #end(why: string): void {
    for (const {reject} of this.#waiting.values()) reject(new Error(`its process ${why}`));
    this.#waiting.clear();
  }
}

/** Several of them. */
export class Agents implements AsyncDisposable {
  readonly all: readonly Agent[];

  constructor(count: number) {
    this.all = Array.from({length: count}, () => new Agent());
  }

  /** A subject of each kind, which all of them open at its first turn. */
  entrants(
    kinds: readonly Kind[],
    at: Deeds['open']['ask'],
    take: (kind: Kind, round: number) => Promise<Sample>,
  ): readonly Entrant[] {
    return kinds.map((kind) => {
      let opened: Promise<unknown> | undefined;
      return {
        subject: kind.name,
        take: async (round) => {
          opened ??= this.#askAll('open', kind, at);
          await opened;
          return take(kind, round);
        },
        withdraw: () => this.#askAll('close', kind, null),
      };
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.all.map((agent) => agent[Symbol.asyncDispose]()));
  }

  #askAll<D extends keyof Deeds>(deed: D, {name}: Kind, ask: Deeds[D]['ask']): Promise<unknown> {
    return Promise.all(this.all.map((agent) => agent.ask(deed, name, ask)));
  }
}
