import {openSync, readFileSync, writeSync} from 'node:fs';

import {machineNow} from './machine-now.js';

/** What a client process writes down while it runs, besides the time. */
export type Happening =
  /** It begins to want the lock. Nothing but faults stands in the way of the last one of a task. */
  | {
      readonly type: 'ask';
      readonly section: string;
      readonly resource: string;
      readonly isLast: boolean;
    }
  /** It did not get it, and why. */
  | {readonly type: 'miss'; readonly section: string; readonly error: string}
  /** It got it. `checkedAt` is just before it was asked whether it is held. */
  | {
      readonly type: 'begin';
      readonly section: string;
      readonly checkedAt: number;
      /** Whether it was over when it was handed out. */
      readonly isDead: boolean;
      readonly fence?: number;
    }
  /** The lock said that it is held, when it was asked just after this time. */
  | {readonly type: 'belief'; readonly section: string}
  /** The lock said for the first time that it is not held. */
  | {readonly type: 'doubt'; readonly section: string}
  /** The holder was told that the lock is lost, without asking. */
  | {readonly type: 'signal'; readonly section: string}
  | {readonly type: 'release'; readonly section: string}
  | {readonly type: 'released'; readonly section: string; readonly error?: string}
  /** The process stood still: frozen, blocked, or not given a processor. */
  | {readonly type: 'stall'; readonly until: number}
  /** What must never happen in any process. */
  | {readonly type: 'trouble'; readonly text: string}
  | {readonly type: 'closed'};

export type Entry = Happening & {readonly at: number};

/** Writes a history line by line, so that nothing is lost when the process is killed. */
export class Recorder {
  readonly #file: number;

  constructor(path: string) {
    this.#file = openSync(path, 'a');
  }

  note(happening: Happening, at: number = machineNow()): void {
    writeSync(this.#file, `${JSON.stringify({at, ...happening})}\n`);
  }
}

/** The history in a file. A line that was cut off by a kill is left out. */
export function readHistory(path: string): Entry[] {
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Entry);
}
