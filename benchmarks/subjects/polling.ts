/** How often those ask who can only ask again: what gave the most sections in a second when many contend. */
export const POLL_MS = 10;

/** How many times they may ask in so long a time. */
export const pollsIn = (waitMs: number): number => Math.ceil(waitMs / POLL_MS);
