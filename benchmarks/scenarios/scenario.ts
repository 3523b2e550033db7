import type {Target} from '../reporting/target.js';
import type {Kind} from '../subjects/subject.js';
import type {Row} from '../reporting/result.js';

/** Something that is measured, and how it is shown. */
export interface Metric {
  /** The name of its samples in a row. */
  readonly key: string;
  readonly head: string;
  readonly digits: number;
  /** Which of two numbers is the good one; neither, for what has to be seen in its context. */
  readonly better?: 'more' | 'less';
  /** The subject whose number it is divided by, round by round. */
  readonly over?: string;
  /** Shown is the value that so large a share of all samples does not exceed. @defaultValue their median */
  readonly share?: number;
}

/** A picture of one metric: a panel for each setting. */
export interface Chart {
  readonly metric: string;
  readonly title: string;
  readonly axis: string;
  /** The axis in few words, for a line of a table. */
  readonly unit: string;
  readonly scale: 'linear' | 'log';
  readonly columns: number;
}

/** How a run is to be done. */
export interface Run {
  /** How many rounds, unless the command line says otherwise. */
  rounds(byDefault: number): number;
  /** Whether it is only to be seen that everything works. */
  readonly isQuick: boolean;
  /** Those of the kinds that can be measured here and are wanted. */
  entering(kinds: readonly Kind[]): readonly Kind[];
}

/** One thing that locks are used for, measured for ours and others. */
export interface Scenario {
  readonly name: string;
  readonly title: string;
  /** What heads the column of settings. */
  readonly settingHead: string;
  readonly metrics: readonly Metric[];
  readonly chart: Chart;
  readonly targets: readonly Target[];
  /** Whether a setting is one for the first page. */
  inSummary(setting: string): boolean;
  measure(run: Run): Promise<readonly Row[]>;
}
