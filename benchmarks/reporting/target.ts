import {percentile, spreadOf, type Spread} from '../measuring/spread.js';
import {rowOf, samplesOf, type Row} from './result.js';

/** What was set out to be reached. */
export interface Target {
  readonly what: string;
  readonly goal: string;
  /** What was reached; `undefined` when it was not measured. */
  readonly judge: (rows: readonly Row[]) => Judged | undefined;
}

export interface Judged {
  readonly measured: string;
  readonly isMet: boolean;
}

/** Where to find a number. */
export interface Source {
  readonly subject: string;
  readonly setting: string;
  readonly metric: string;
  /** What to divide it by, round by round. */
  readonly over?: Partial<Source>;
  /** See `Metric`. */
  readonly share?: number | undefined;
}

export interface Bound {
  readonly what: string;
  readonly of: Source;
  readonly atLeast?: number;
  readonly atMost?: number;
  readonly unit?: string;
  readonly digits?: number;
}

/** A number that is not to be passed, by its median. */
export function target({what, of, atLeast, atMost, unit = '', digits = 2}: Bound): Target {
  const [sign, bound] = atLeast === undefined ? ['≤', atMost ?? Infinity] : ['≥', atLeast];
  return {
    what,
    goal: `${sign} ${bound}${unit}`,
    judge(rows) {
      const spread = spreadAt(rows, of);
      if (spread === undefined) return undefined;
      const {median} = spread;
      const isMet = atLeast === undefined ? median <= bound : median >= bound;
      return {measured: `${median.toFixed(digits)}${unit}`, isMet};
    },
  };
}

/** The median of a number, and how far it spreads; or one number, where a share of all is asked for. */
export function spreadAt(rows: readonly Row[], source: Source): Spread | undefined {
  const samples = samplesOf(rowOf(rows, source.subject, source.setting), source.metric);
  if (samples === undefined) return undefined;
  if (source.share !== undefined) return spreadOf([percentile(samples, source.share)]);
  if (source.over === undefined) return spreadOf(samples);
  const {subject, setting, metric} = {...source, ...source.over};
  const base = samplesOf(rowOf(rows, subject, setting), metric);
  if (base === undefined) return undefined;
  return spreadOf(samples.map((value, round) => value / (base[round] ?? Number.NaN)));
}
