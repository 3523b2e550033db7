import {median} from './turn.js';

/** A time that a person can take in: `0.84 ms`, `12.3 ms`, `1.97 s`. */
export function msText(ms: number): string {
  if (ms >= 1000) return `${(ms / 1000).toFixed(2)} s`;
  return `${ms.toFixed(ms < 10 ? 2 : 1)} ms`;
}

const ENDING = 5;

/** A fence, cut into what stays the same for a long time and what grows. */
export function fenceParts(fence: number): readonly [start: string, ending: string] {
  const text = String(fence);
  return [text.slice(0, -ENDING), text.slice(-ENDING)];
}

/** A fence by its last digits. */
export function fenceText(fence: number): string {
  const [start, ending] = fenceParts(fence);
  return start === '' ? ending : `…${ending}`;
}

/** `median 1.20 ms, max 9.81 ms`. */
export function middleAndMost(values: readonly number[]): string {
  const middle = median(values);
  if (middle === undefined) return 'none yet';
  return `median ${msText(middle)}, max ${msText(Math.max(...values))}`;
}
