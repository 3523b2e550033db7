/** How often those ask who can only ask again; docs/benchmarks.md says why. */
export const POLL_MS = 10;

/** How many times they may ask in so long a time. */
export const pollsIn = (waitMs: number): number => Math.ceil(waitMs / POLL_MS);
