/** A moment on both clocks of the machine, which all threads share. */
export interface Moment {
  readonly monotonicMs: number;
  readonly wallMs: number;
}

/** The monotonic clock as every thread reads it; `performance.now()` begins anew in each of them. */
export const sharedNowMs = (): number => Number(process.hrtime.bigint() / 1000n) / 1000;

/** The moment in so many milliseconds. */
export const momentIn = (ms: number): Moment => ({
  monotonicMs: sharedNowMs() + ms,
  wallMs: Date.now() + ms,
});

/** How long it is until then, on the clock that shows less: one may have stood still, the other been set. */
export const msUntil = ({monotonicMs, wallMs}: Moment): number =>
  Math.min(monotonicMs - sharedNowMs(), wallMs - Date.now());
