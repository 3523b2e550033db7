import type {Metric, Scenario} from '../scenarios/scenario.js';
import {scenarios} from '../scenarios/catalogue.js';
import {allKinds, kindOf} from '../subjects/catalogue.js';
import {ours} from '../subjects/ours.js';
import {cellsOf, headsOf, numberText} from './cells.js';
import {machineLine} from './machine.js';
import {markdownTable, NOT_MEASURED} from './markdown.js';
import {readResult} from './pages.js';
import {rowOf, settingsOf, type Result, type Row} from './result.js';
import {spreadAt} from './target.js';

interface Measured {
  readonly scenario: Scenario;
  readonly result: Result;
}

/** The generated parts of the pages, by their names. */
export function partsOf(): ReadonlyMap<string, string> {
  const measured = scenarios.flatMap((scenario) => {
    const result = readResult(scenario.name);
    return result === undefined ? [] : [{scenario, result}];
  });
  return new Map([
    ['machine', machinePart(measured)],
    ['targets', targetsPart(measured)],
    ['peers-better', betterPart(measured)],
    ['subjects', subjectsPart()],
    ['summary', summaryPart(measured)],
    ...scenarios.map(({name}): [string, string] => {
      const found = measured.find(({scenario}) => scenario.name === name);
      return [name, found === undefined ? NOT_MEASURED : resultPart(found)];
    }),
  ]);
}

function machinePart(measured: readonly Measured[]): string {
  const lines = measured.map(({result}) => `${machineLine(result.machine)}; ${result.measuredOn}`);
  return [...new Set(lines)].map((line) => `Measured on: ${line}.`).join('\n\n') || NOT_MEASURED;
}

function resultPart({scenario, result}: Measured): string {
  const {name, title} = scenario;
  const {rows} = result;
  const tables = settingsOf(rows).map((setting) => {
    const [, ...heads] = headsOf(scenario);
    const cells = rows
      .filter((row) => row.setting === setting)
      .map((row) => cellsOf(scenario, rows, row).slice(1).map(emphasized));
    return `${capital(setting)}:\n\n${markdownTable(heads, cells, 1)}`;
  });
  return [`![${title}](benchmarks/${name}.svg)`, ...tables].join('\n\n');
}

function targetsPart(measured: readonly Measured[]): string {
  const rows = measured.flatMap(({scenario, result}) =>
    scenario.targets.map(({what, goal, judge}) => {
      const judged = judge(result.rows);
      if (judged === undefined) return [what, goal, 'not measured', ''];
      return [what, goal, judged.measured, judged.isMet ? 'yes' : '**no**'];
    }),
  );
  return markdownTable(['what', 'target', 'measured', 'met'], rows, 1);
}

/** What a peer does better, by the medians. */
function betterPart(measured: readonly Measured[]): string {
  const rows = measured.flatMap(({scenario, result}) => betterIn(scenario, result.rows));
  if (measured.length > 0 && rows.length === 0) return 'Nowhere in these numbers.';
  return markdownTable(['where', 'what', 'peer', 'its number', 'ours'], rows, 3);
}

function betterIn({metrics}: Scenario, rows: readonly Row[]): readonly (readonly string[])[] {
  return metrics
    .filter(({better}) => better !== undefined)
    .flatMap((metric) =>
      settingsOf(rows).flatMap((setting) => {
        const mine = rowOf(rows, ours.name, setting);
        const limit = mine && medianOf(rows, mine, metric);
        if (limit === undefined) return [];
        return peersAt(rows, setting, metric)
          .filter((row) => isBetter(medianOf(rows, row, metric), limit, metric))
          .map((row) => [
            setting,
            metric.head,
            row.subject,
            medianText(rows, row, metric),
            medianText(rows, mine, metric),
          ]);
      }),
    );
}

function isBetter(value: number | undefined, than: number, {better}: Metric): boolean {
  if (value === undefined) return false;
  return better === 'more' ? value > than : value < than;
}

const subjectsPart = (): string =>
  allKinds.map(({name, settings}) => `- **${name}**: ${settings}`).join('\n');

/** One line for each scenario: ours, and the best and the worst of the peers. */
function summaryPart(measured: readonly Measured[]): string {
  const lines = measured.flatMap(({scenario, result}) => summaryOf(scenario, result.rows));
  return markdownTable(['', 'holdfast', 'best peer', 'worst peer'], lines, 1);
}

function summaryOf(scenario: Scenario, rows: readonly Row[]): readonly (readonly string[])[] {
  const metric = scenario.metrics.find(({key}) => key === scenario.chart.metric);
  if (metric === undefined) return [];
  return settingsOf(rows)
    .filter((setting) => scenario.inSummary(setting))
    .map((setting) => {
      const mine = rowOf(rows, ours.name, setting);
      const peers = peersAt(rows, setting, metric);
      return [
        `${setting}: ${scenario.chart.unit}`,
        medianText(rows, mine, metric),
        peerText(rows, peers[0], metric),
        peerText(rows, peers.at(-1), metric),
      ];
    });
}

/** The peers that have a number, the best one first. */
function peersAt(rows: readonly Row[], setting: string, metric: Metric): readonly Row[] {
  const sign = metric.better === 'more' ? -1 : 1;
  return rows
    .filter((row) => row.setting === setting && kindOf(row.subject).role === 'peer')
    .filter((row) => medianOf(rows, row, metric) !== undefined)
    .toSorted(
      (a, b) => sign * ((medianOf(rows, a, metric) ?? 0) - (medianOf(rows, b, metric) ?? 0)),
    );
}

const medianOf = (rows: readonly Row[], row: Row, {key, share}: Metric): number | undefined =>
  spreadAt(rows, {subject: row.subject, setting: row.setting, metric: key, share})?.median;

function medianText(rows: readonly Row[], row: Row | undefined, metric: Metric): string {
  const median = row && medianOf(rows, row, metric);
  return median === undefined ? '' : numberText(median, metric.digits);
}

const peerText = (rows: readonly Row[], row: Row | undefined, metric: Metric): string =>
  row === undefined ? '' : `${medianText(rows, row, metric)} (${row.subject})`;

const OURS = new Set(allKinds.filter(({role}) => role === 'ours').map(({name}) => name));

const emphasized = (cell: string): string => (OURS.has(cell) ? `**${cell}**` : cell);

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
