import type {Spread} from '../measuring/spread.js';
import type {Metric, Scenario} from '../scenarios/scenario.js';
import type {Row} from './result.js';
import {spreadAt} from './target.js';

/** The heads of a table of results. */
export const headsOf = ({settingHead, metrics}: Scenario): readonly string[] => [
  settingHead,
  'subject',
  ...metrics.map(({head}) => head),
];

/** One row of it. */
export function cellsOf({metrics}: Scenario, rows: readonly Row[], row: Row): readonly string[] {
  const {setting, subject, failure} = row;
  if (failure !== undefined) return [setting, subject, `failed: ${failure}`];
  return [setting, subject, ...metrics.map((metric) => cell(metric, rows, row))];
}

function cell({key, over, share, digits}: Metric, rows: readonly Row[], row: Row): string {
  const source = {subject: row.subject, setting: row.setting, metric: key, share};
  const spread = spreadAt(rows, over === undefined ? source : {...source, over: {subject: over}});
  return spread === undefined ? '' : spreadText(spread, digits);
}

/** `1.04 (0.98–1.11)`: the median, and the least and the most where they differ. */
export function spreadText({median, min, max}: Spread, digits: number): string {
  const [middle, least, most] = [median, min, max].map((value) => numberText(value, digits));
  return least === most ? `${middle}` : `${middle} (${least}–${most})`;
}

/** With thin spaces between the thousands. */
export function numberText(value: number, digits: number): string {
  return value
    .toLocaleString('en', {minimumFractionDigits: digits, maximumFractionDigits: digits})
    .replaceAll(',', '\u202F');
}
