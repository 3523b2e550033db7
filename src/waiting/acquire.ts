import {delay} from 'abort-controller-x';
import pRetry from 'p-retry';

import {unlessOver, type Attempt, type Miss} from './attempt.js';
import {padded, quorumWait, troubleMs} from './forecast.js';

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

// How p-retry is told of a miss: it knows failures only by what is thrown.
class MissedError extends Error {
  constructor(readonly miss: Miss) {
    super('missed');
  }
}

/**
 * Attempts until one wins, and sleeps in between until it can be worth asking again.
 *
 * Rejects with the signal's reason when that aborts, and with the error of an attempt that is hopeless. An attempt that
 * is under way at that moment is not waited for, but what it wins is undone.
 */
export async function acquire<T>(signal: AbortSignal, options: AcquireOptions<T>): Promise<T> {
  let won: {readonly value: T} | undefined;
  let {first} = options;
  let failures = 0;

  const attempt = async (): Promise<T> => {
    const outcome =
      first ?? (await unlessOver(signal, () => options.attempt(failures), options.undo));
    first = undefined;
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

const isHopeless = (miss: Miss): boolean => miss.kind === 'failed' && miss.isHopeless;

/** Busy: until the lock can be free. Trouble: twice as long each time. A little chance parts those who ask together. */
function sleepMs<T>(miss: Miss, failures: number, options: AcquireOptions<T>): number {
  const {quorum, longestSleepMs, random} = options;
  if (miss.kind === 'failed') return troubleMs(failures, random);
  return padded(Math.min(quorumWait(miss.waits, quorum), longestSleepMs), random);
}
