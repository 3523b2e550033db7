import {Deferred} from '../../deferred.js';
import type {Held} from '../subject.js';

/** A lock that holds for as long as a callback runs. */
export type Using = (work: (signal: AbortSignal) => Promise<void>) => Promise<unknown>;

/**
 * Turns a library that runs a callback under the lock into one that hands the lock out.
 * What it has to say after the callback, it says at the release.
 */
export function sectionOf(using: Using): Promise<Held> {
  return new Promise((resolve, reject) => {
    const over = new Deferred<void>();
    const outcome = using(async (signal) => {
      resolve({
        isHeld: () => !signal.aborted,
        onLost: (callback) => signal.addEventListener('abort', callback, {once: true}),
        release: () => {
          over.resolve();
          return outcome;
        },
      });
      await over.promise;
    });
    outcome.catch(reject);
  });
}
