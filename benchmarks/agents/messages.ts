import type {Contended, Contention} from '../measuring/contention.js';
import type {Terms} from '../subjects/subject.js';

/** What an agent can be asked to do, and what it answers. */
export interface Deeds {
  /** Opens a subject, to which everything else refers by its name. */
  open: {ask: {urls: readonly string[]; terms: Terms}; answer: null};
  close: {ask: null; answer: null};
  /** Answers when the last of the tasks is gone. */
  contend: {ask: Contention; answer: Contended};
  /** Answers with the time at which the lock was there. */
  acquire: {ask: {resource: string}; answer: number};
  /** Answers with the time at which the release began. */
  release: {ask: {resource: string}; answer: number};
  /** Obtains that many locks and answers with the bytes of heap for each. */
  holdMany: {ask: {count: number}; answer: number};
  /** Lives with them for a while. */
  watch: {ask: {forMs: number}; answer: Watched};
}

/** What it took to hold locks for a while. */
export interface Watched {
  /** Of one core. */
  readonly cpuShare: number;
  /** How much later than planned a timer of this process fired. */
  readonly delayP99Ms: number;
  readonly delayMaxMs: number;
}

export interface Ask<D extends keyof Deeds = keyof Deeds> {
  readonly id: number;
  readonly deed: D;
  readonly subject: string;
  readonly ask: Deeds[D]['ask'];
}

export type Answer =
  | {readonly id: number; readonly answer: unknown}
  | {readonly id: number; readonly failure: string};

/** The name of a resource among many. */
export const resourceAt = (index: number): string => `held:${index}`;
