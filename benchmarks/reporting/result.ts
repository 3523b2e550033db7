import type {Machine} from './machine.js';

/** What was measured of one subject in one setting: a number for each round. */
export interface Row {
  readonly subject: string;
  readonly setting: string;
  readonly samples: Readonly<Record<string, readonly number[]>>;
  /** Why there is nothing, or not all. */
  readonly failure?: string;
}

/** What a run of one scenario has found out. */
export interface Result {
  readonly scenario: string;
  readonly machine: Machine;
  readonly measuredOn: string;
  readonly rows: readonly Row[];
}

/** The numbers of one row, if it has them. */
export function samplesOf(row: Row | undefined, metric: string): readonly number[] | undefined {
  if (row === undefined || row.failure !== undefined) return undefined;
  const samples = row.samples[metric];
  return samples === undefined || samples.length === 0 ? undefined : samples;
}

export function rowOf(rows: readonly Row[], subject: string, setting: string): Row | undefined {
  return rows.find((row) => row.subject === subject && row.setting === setting);
}

export const settingsOf = (rows: readonly Row[]): readonly string[] => [
  ...new Set(rows.map(({setting}) => setting)),
];
