import type {Scenario} from '../scenarios/scenario.js';
import {kindOf} from '../subjects/catalogue.js';
import {numberText} from './cells.js';
import type {Bar, Picture} from './chart.js';
import {machineLine} from './machine.js';
import {settingsOf, type Result, type Row} from './result.js';
import {spreadAt} from './target.js';

/** What is to be drawn of a result. */
export function pictureOf({chart, metrics}: Scenario, {machine, rows}: Result): Picture {
  const digits = metrics.find(({key}) => key === chart.metric)?.digits ?? 0;
  return {
    ...chart,
    note: `median, with least and most of the rounds · ${machineLine(machine)}`,
    panels: settingsOf(rows)
      .map((setting) => ({
        title: setting,
        bars: rows
          .filter((row) => row.setting === setting && isShown(row, chart.metric))
          .map((row) => barOf(rows, row, chart.metric, digits)),
      }))
      .filter(({bars}) => bars.length > 0),
  };
}

const isShown = ({samples, failure}: Row, metric: string): boolean =>
  failure !== undefined || metric in samples;

function barOf(rows: readonly Row[], row: Row, metric: string, digits: number): Bar {
  const {subject, setting, failure} = row;
  const spread = spreadAt(rows, {subject, setting, metric});
  const text = spread === undefined ? 'failed' : numberText(spread.median, digits);
  return {
    label: subject,
    tone: kindOf(subject).role,
    spread,
    text: failure === undefined ? text : 'failed',
  };
}
