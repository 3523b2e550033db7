import {delay} from 'abort-controller-x';
import pRetry from 'p-retry';

import type {HoldfastError} from '../errors.js';
import {onAbort, type Ending} from '../on-abort.js';
import {padded, quorumWait, troubleMs} from './forecast.js';

/** What one attempt gives: the thing itself, or why not and whether it is worth another try. */
export type Attempt<T> =
  | {readonly kind: 'won'; readonly value: T}
  | {
      readonly kind: 'busy';
      /**
       * How long others will hold each node, if they do nothing: 0 for one that was ours for a moment and is being given
       * back, `Infinity` for one that does not say.
       */
      readonly waits: readonly number[];
      /** Whether it will never be free by itself. @defaultValue false */
      readonly isEndless?: boolean;
    }
  | {readonly kind: 'failed'; readonly error: HoldfastError; readonly isHopeless: boolean};

export interface AcquireOptions<T> {
  /** How the first attempt ended, if it has been made before. */
  readonly first?: Miss | undefined;
  /** Asks once, after so many attempts in a row that have failed. */
  readonly attempt: (failures: number) => Promise<Attempt<T>>;
  /** Gives back what was won for a caller who has gone. */
  readonly undo: (value: T) => Promise<unknown>;
  /** How many nodes it takes. */
  readonly quorum: number;
  /** The longest sleep between two attempts, whatever the server says. */
  readonly longestSleepMs: number;
  /** Sleeps between two attempts, perhaps for less, or more. @defaultValue exactly that long */
  readonly sleep?: (signal: AbortSignal, ms: number, miss: Miss) => Promise<void>;
  /** Told of each attempt that did not win. */
  readonly onMiss: (miss: Miss) => void;
  readonly random: () => number;
}

/** An attempt that did not win. */
export type Miss = Exclude<Attempt<unknown>, {kind: 'won'}>;

// How p-retry is told of a miss: it knows failures only by what is thrown.
class MissedError extends Error {
  constructor(readonly miss: Miss) {
    super('missed');
  }
}

/** How long a caller waits, at less cost than a signal has: that is made where it is needed. */
export interface Waiting extends Ending {
  readonly signal: AbortSignal;
}

/**
 * Attempts until one wins, and sleeps in between until it can be worth asking again.
 *
 * Rejects with the reason for the end of `waiting` when that comes first, and with the error of an attempt that is
 * hopeless. An attempt that is under way at that moment is not waited for, but what it wins is undone.
 */
export async function acquire<T>(waiting: Waiting, options: AcquireOptions<T>): Promise<T> {
  // Most are decided by this one, and need nothing of what it takes to try again.
  const first = options.first ?? (await undoIfOver(waiting, 0, options));
  return first.kind === 'won' ? first.value : retry(waiting.signal, first, options);
}

async function retry<T>(signal: AbortSignal, first: Miss, options: AcquireOptions<T>): Promise<T> {
  let known: Miss | undefined = first;
  let won: {readonly value: T} | undefined;
  let failures = 0;

  const attempt = async (): Promise<T> => {
    const outcome = known ?? (await undoIfOver(signal, failures, options));
    known = undefined;
    if (outcome.kind !== 'won') throw new MissedError(outcome);
    won = outcome;
    return outcome.value;
  };

  try {
    return await pRetry(attempt, {
      retries: Infinity,
      minTimeout: 0,
      maxTimeout: 0,
      signal,
      shouldRetry: ({error}) => error instanceof MissedError && !isHopeless(error.miss),
      async onFailedAttempt({error}) {
        if (!(error instanceof MissedError) || isHopeless(error.miss)) return;
        options.onMiss(error.miss);
        const {sleep = delay} = options;
        failures = error.miss.kind === 'failed' ? failures + 1 : 0;
        await sleep(signal, sleepMs(error.miss, failures, options), error.miss);
      },
    });
  } catch (error) {
    // p-retry drops what was won in the very moment of the abort.
    if (won !== undefined) await options.undo(won.value);
    if (signal.aborted) throw signal.reason;
    throw error instanceof MissedError && error.miss.kind === 'failed' ? error.miss.error : error;
  }
}

/** One attempt, not waited for beyond the end; what it wins after that is given back. */
function undoIfOver<T>(
  ending: AbortSignal | Ending,
  failures: number,
  {attempt, undo}: AcquireOptions<T>,
): Promise<Attempt<T>> {
  return new Promise((resolve, reject) => {
    if (ending.aborted) throw ending.reason;
    const underWay = attempt(failures);
    const stop = onAbort(ending, () => {
      reject(ending.reason);
      void undoLater(underWay, undo);
    });
    // From then on it is too late to undo it here.
    void underWay.finally(stop).then(resolve, reject);
  });
}

async function undoLater<T>(
  underWay: Promise<Attempt<T>>,
  undo: AcquireOptions<T>['undo'],
): Promise<void> {
  const outcome = await underWay.catch(() => undefined);
  if (outcome?.kind === 'won') await undo(outcome.value);
}

const isHopeless = (miss: Miss): boolean => miss.kind === 'failed' && miss.isHopeless;

/** Busy: until the lock can be free. Trouble: twice as long each time. A little chance parts those who ask together. */
function sleepMs<T>(miss: Miss, failures: number, options: AcquireOptions<T>): number {
  const {quorum, longestSleepMs, random} = options;
  if (miss.kind === 'failed') return troubleMs(failures, random);
  return padded(Math.min(quorumWait(miss.waits, quorum), longestSleepMs), random);
}
