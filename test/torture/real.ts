import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

import {writePage} from './page.js';
import {run, type Run} from './run.js';
import {SCENARIOS, scenarioOf, type Scenario} from './scenarios.js';
import {Score} from './score.js';

export interface RealOptions {
  /** For how long rounds are begun. */
  readonly minutes: number;
  readonly seed: number;
  readonly subjects: readonly string[];
  /** All, unless one is named. */
  readonly scenario: string | undefined;
}

// Above 1250 ms, because redlock-universal extends all the time below that.
const TTL_MS = 1500;
const FAULTS_MS = 6000;
const CONTENDERS = 4;
const AT_ONCE = 3;
const FAILED = fileURLToPath(new URL('../../torture/', import.meta.url));

const say = (text: string): boolean => process.stdout.write(`${text}\n`);

/** Tortures the subjects on real servers, round after round. Whether ours kept all its promises. */
export async function real({minutes, seed, subjects, scenario}: RealOptions): Promise<boolean> {
  const scenarios = scenario === undefined ? SCENARIOS : [scenarioOf(scenario)];
  const score = new Score();
  const until = performance.now() + minutes * 60_000;
  const stopping = new AbortController();
  process.once('SIGINT', () => stopping.abort());
  let isFine = true;
  let next = seed;
  say(`Torture on real servers: seed ${seed}, ttl ${TTL_MS} ms`);

  const runOne = async (subject: string, each: Scenario): Promise<void> => {
    const own = next;
    next += 1;
    const done = await run({
      scenario: each,
      subject,
      seed: own,
      ttlMs: TTL_MS,
      contenders: CONTENDERS,
      faultsMs: FAULTS_MS,
    });
    score.add(done);
    say(lineOf(done));
    if (subject !== 'ours' || done.violations.length === 0) return;
    isFine = false;
    for (const violation of done.violations) say(`  BROKEN: ${violation}`);
    say(`  history: ${await keep(done)}`);
    say(`  again: npm run torture -- --real --minutes 0 --scenario ${each.name} --seed ${own}`);
  };

  do {
    const jobs = scenarios.flatMap((each) => subjects.map((subject) => ({subject, each})));
    const work = async (): Promise<void> => {
      for (;;) {
        const job = jobs.shift();
        if (job === undefined || stopping.signal.aborted) return;
        await runOne(job.subject, job.each);
      }
    };
    await Promise.all(Array.from({length: AT_ONCE}, () => work()));
  } while (performance.now() < until && !stopping.signal.aborted);

  say(`\n${score.tables()}`);
  if (subjects.length > 1 && scenario === undefined) await writePage(score, {seed, ttlMs: TTL_MS});
  say(isFine ? 'Every promise was kept.' : 'PROMISES WERE BROKEN.');
  return isFine;
}

function lineOf({scenario, subject, seed, outcome}: Run): string {
  const {sections, misses, overlaps, lateNotices, inversions, staleWrites, deadLocks} = outcome;
  const missed = [...misses].map(([name, count]) => `${count} ${name}`).join(', ');
  const counts = {overlaps, late: lateNotices, inversions};
  const incidents = Object.entries(counts).map(([name, {length}]) => `${length} ${name}`);
  return [
    `${scenario.name.padEnd(20)} ${subject.padEnd(18)} seed ${seed}:`,
    `${sections} sections, ${incidents.join(', ')}, ${staleWrites} stale, ${deadLocks} dead`,
    missed === '' ? '' : `(${missed})`,
  ].join(' ');
}

async function keep({scenario, seed, histories}: Run): Promise<string> {
  const folder = join(FAILED, `${scenario.name}-${seed}`);
  await mkdir(folder, {recursive: true});
  for (const [name, history] of histories) {
    const text = history.map((entry) => `${JSON.stringify(entry)}\n`).join('');
    await writeFile(join(folder, `${name.replace(' ', '-')}.jsonl`), text);
  }
  return folder;
}
