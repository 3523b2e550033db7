import type {Run} from './run.js';
import {SCENARIOS} from './scenarios.js';

/** What all runs of one subject under one scenario came to. */
export interface Sum {
  readonly scenario: string;
  readonly subject: string;
  runs: number;
  seconds: number;
  sections: number;
  /** Acquisitions that failed. */
  misses: number;
  releaseErrors: number;
  longestGapMs: number;
  overlaps: number;
  longestOverlapMs: number;
  lateNotices: number;
  latestNoticeMs: number;
  staleWrites: number;
  staleGuardedWrites: number;
  hasFences: boolean;
  inversions: number;
  deadLocks: number;
  stuck: number;
  failedLast: number;
  troubles: number;
  crashes: number;
  keysLeft: number;
  keysLeaked: number;
}

interface Table {
  readonly title: string;
  readonly text: string;
  readonly cell: (sum: Sum) => string;
}

const counted = (count: number, worstMs: number): string =>
  count === 0 ? '0' : `**${count}** (${Math.round(worstMs)} ms)`;

const some = (count: number, what: string): string[] => (count === 0 ? [] : [`${count} ${what}`]);

const TABLES: readonly Table[] = [
  {
    title: 'Two holders at once',
    text: 'How often a holder was told that it holds while another was told so, and for how long at the most.',
    cell: ({overlaps, longestOverlapMs}) => counted(overlaps, longestOverlapMs),
  },
  {
    title: 'Told late of the loss',
    text: 'How often another had begun before the holder knew, and how much later it knew at the most. The time for which the process stood still does not count.',
    cell: ({lateNotices, latestNoticeMs}) => counted(lateNotices, latestNoticeMs),
  },
  {
    title: 'Stale writes',
    text: 'Writes that a resource took from a holder after one that came later. Where there are fences, the second number is of a resource that checks them.',
    cell: ({staleWrites, staleGuardedWrites, hasFences}) =>
      hasFences ? `${staleWrites} / ${staleGuardedWrites}` : String(staleWrites),
  },
  {
    title: 'Work done',
    text: 'Critical sections in a second, acquisitions that failed of all, and the longest time in which nobody got a lock.',
    cell: ({sections, seconds, misses, longestGapMs}) =>
      [
        `${(sections / seconds).toFixed(1)}/s`,
        `${Math.round((100 * misses) / Math.max(1, misses + sections))} %`,
        `${(longestGapMs / 1000).toFixed(1)} s`,
      ].join(', '),
  },
  {
    title: 'Other trouble',
    text: 'Locks that were over when they were handed out; releases that threw; unhandled rejections and uncaught exceptions; acquisitions or releases that never ended; last acquisitions, after the faults, that failed; processes that crashed; lock keys when the last client had gone (left), and one and a half ttl later (leaked).',
    cell: (sum) =>
      [
        ...some(sum.deadLocks, 'dead'),
        ...some(sum.releaseErrors, 'thrown at release'),
        ...some(sum.troubles, 'unhandled'),
        ...some(sum.stuck, 'never ended'),
        ...some(sum.failedLast, 'failed at last'),
        ...some(sum.crashes, 'crashed'),
        ...some(sum.keysLeft, 'left'),
        ...some(sum.keysLeaked, 'leaked'),
      ].join(', ') || '–',
  },
];

const worst = (incidents: readonly {readonly ms: number}[]): number =>
  Math.max(0, ...incidents.map(({ms}) => ms));

const total = (counts: ReadonlyMap<string, number>): number =>
  [...counts.values()].reduce((all, count) => all + count, 0);

/** Adds up runs, and puts them into tables. */
export class Score {
  readonly #sums = new Map<string, Sum>();

  add({scenario, subject, faultsMs, outcome}: Run): void {
    const key = `${scenario.name} ${subject}`;
    const sum = this.#sums.get(key) ?? emptySum(scenario.name, subject);
    this.#sums.set(key, sum);
    sum.runs += 1;
    sum.seconds += faultsMs / 1000;
    sum.sections += outcome.sections;
    sum.misses += total(outcome.misses);
    sum.releaseErrors += total(outcome.releaseErrors);
    sum.longestGapMs = Math.max(sum.longestGapMs, outcome.longestGapMs);
    sum.overlaps += outcome.overlaps.length;
    sum.longestOverlapMs = Math.max(sum.longestOverlapMs, worst(outcome.overlaps));
    sum.lateNotices += outcome.lateNotices.length;
    sum.latestNoticeMs = Math.max(sum.latestNoticeMs, worst(outcome.lateNotices));
    sum.staleWrites += outcome.staleWrites;
    sum.staleGuardedWrites += outcome.staleGuardedWrites;
    sum.hasFences ||= subject === 'ours';
    sum.inversions += outcome.inversions.length;
    sum.deadLocks += outcome.deadLocks;
    sum.stuck += outcome.stuck.length;
    sum.failedLast += outcome.failedLast.length;
    sum.troubles += outcome.troubles.length;
    sum.crashes += outcome.crashes.length;
    sum.keysLeft += outcome.keysLeft;
    sum.keysLeaked += outcome.keysLeaked;
  }

  get sums(): readonly Sum[] {
    return [...this.#sums.values()];
  }

  /** All tables, in Markdown: a row for each scenario, a column for each subject. */
  tables(): string {
    return TABLES.map((table) => this.#table(table)).join('\n\n');
  }

  #table({title, text, cell}: Table): string {
    const subjects = [...new Set(this.sums.map(({subject}) => subject))];
    const scenarios = SCENARIOS.filter(({name}) =>
      this.sums.some(({scenario}) => scenario === name),
    );
    const heads = ['fault', ...subjects];
    const cellOf = (scenario: string, subject: string): string => {
      const sum = this.#sums.get(`${scenario} ${subject}`);
      return sum === undefined ? '' : cell(sum);
    };
    const rows = scenarios.map(({name, breaks}) => {
      const head = breaks === undefined ? name : `${name} †`;
      return [head].concat(subjects.map((subject) => cellOf(name, subject)));
    });
    return `### ${title}\n\n${text}\n\n${markdown([heads, heads.map(() => ''), ...rows])}`;
  }
}

/** Rows as a table, with the second for the rule below the heads. */
function markdown(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(3, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const lines = rows.map((row, index) => {
    const fill = index === 1 ? '-' : ' ';
    return `| ${widths.map((width, column) => (row[column] ?? '').padEnd(width, fill)).join(' | ')} |`;
  });
  return lines.join('\n');
}

const emptySum = (scenario: string, subject: string): Sum => ({
  scenario,
  subject,
  runs: 0,
  seconds: 0,
  sections: 0,
  misses: 0,
  releaseErrors: 0,
  longestGapMs: 0,
  overlaps: 0,
  longestOverlapMs: 0,
  lateNotices: 0,
  latestNoticeMs: 0,
  staleWrites: 0,
  staleGuardedWrites: 0,
  hasFences: false,
  inversions: 0,
  deadLocks: 0,
  stuck: 0,
  failedLast: 0,
  troubles: 0,
  crashes: 0,
  keysLeft: 0,
  keysLeaked: 0,
});
