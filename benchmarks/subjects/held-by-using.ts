import type {Held} from './subject.js';

/** A lock in the hand, of a library that keeps it alive only while a function runs. */
export function heldByUsing(using: (work: () => Promise<void>) => Promise<unknown>): Promise<Held> {
  return new Promise((resolve, reject) => {
    const done = using(
      () =>
        new Promise((end) => {
          const release = async (): Promise<void> => {
            end();
            await done;
          };
          resolve({release});
        }),
    );
    done.catch(reject);
  });
}
