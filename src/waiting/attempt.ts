import type {HoldfastError} from '../errors.js';
import {onAbort, type Ending} from '../on-abort.js';

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

/** An attempt that did not win. */
export type Miss = Exclude<Attempt<unknown>, {kind: 'won'}>;

/** What an attempt gives that is not waited for beyond the end. Rejects with the reason for that; what it wins later is undone. */
export function unlessOver<T, A extends Attempt<T>>(
  ending: AbortSignal | Ending,
  attempt: () => Promise<A>,
  undo: (value: T) => Promise<unknown>,
): Promise<A> {
  return new Promise((resolve, reject) => {
    if (ending.aborted) throw ending.reason;
    const underWay = attempt();
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
  undo: (value: T) => Promise<unknown>,
): Promise<void> {
  const outcome = await underWay.catch(() => undefined);
  if (outcome?.kind === 'won') await undo(outcome.value);
}
