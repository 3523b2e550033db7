import {spawn, type ChildProcessByStdio} from 'node:child_process';
import type {Readable} from 'node:stream';
import {fileURLToPath} from 'node:url';

import type {Candidature} from './candidate.worker.js';

const worker = fileURLToPath(new URL('candidate.worker.js', import.meta.url));

/** A candidate in a process of its own. */
export class CandidateProcess {
  readonly child: ChildProcessByStdio<null, Readable, null>;
  #text = '';

  constructor(candidature: Candidature) {
    this.child = spawn(process.execPath, [worker, JSON.stringify(candidature)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.child.stdout.on('data', (chunk: Buffer) => (this.#text += chunk.toString()));
  }

  /** What it has said until now, line by line. */
  get said(): readonly string[] {
    return this.#text.split('\n').slice(0, -1);
  }

  /** The numbers of the terms that it has had until now. */
  get terms(): readonly number[] {
    return this.said.flatMap((line) => {
      const [, fence] = /^leads (\d+)$/.exec(line) ?? [];
      return fence === undefined ? [] : [Number(fence)];
    });
  }

  end(): void {
    this.child.kill('SIGKILL');
  }
}
