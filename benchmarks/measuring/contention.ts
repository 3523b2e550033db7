import {setTimeout as delay} from 'node:timers/promises';

import type {Subject} from '../subjects/subject.js';
import type {Sample} from './interleave.js';
import {nowMs} from './now.js';
import {settle} from './settle.js';

/** Tasks that all want the same resource, for some time. */
export interface Contention {
  readonly resource: string;
  readonly tasks: number;
  /** 0 for as many sections as can be. */
  readonly holdMs: number;
  readonly forMs: number;
  /** When to start, by `nowMs`. @defaultValue at once */
  readonly startAt?: number;
}

/** When a section began, and when its lock began to be released, by `nowMs`. */
export type Section = readonly [acquiredAt: number, releasedAt: number];

export interface Contended {
  /** Those of each task that ended in time. */
  readonly sections: readonly (readonly Section[])[];
  readonly cpuUs: number;
}

/** How long to hold in a round: not at all in those that do not count, so that the code is hot before the others. */
export const holdMsIn = (round: number, ms: number): number => (round < 0 ? 0 : ms);

/** Resolves when the time is up; the second promise when the last of the tasks is gone as well. */
export async function contend(
  subject: Subject,
  {resource, tasks, holdMs, forMs, startAt}: Contention,
): Promise<{readonly result: Contended; readonly gone: Promise<unknown>}> {
  await settle();
  if (startAt !== undefined) await delay(Math.max(0, startAt - nowMs()));
  const cpu = process.cpuUsage();
  const endsAt = nowMs() + forMs;
  const task = async (sections: Section[]): Promise<void> => {
    while (nowMs() < endsAt) {
      const held = await subject.acquire(resource);
      const acquiredAt = nowMs();
      if (holdMs > 0 && acquiredAt < endsAt) await delay(holdMs);
      const releasedAt = nowMs();
      await held.release();
      if (nowMs() < endsAt) sections.push([acquiredAt, releasedAt]);
    }
  };
  const sections = Array.from({length: tasks}, (): Section[] => []);
  const gone = Promise.all(sections.map(task));
  await Promise.race([delay(forMs), failed(gone)]);
  const {user, system} = process.cpuUsage(cpu);
  return {result: {sections: sections.map((list) => list.slice()), cpuUs: user + system}, gone};
}

// Rejects as soon as that does, and never resolves.
function failed(promise: Promise<unknown>): Promise<never> {
  return new Promise((_resolve, reject) => {
    promise.catch(reject);
  });
}

/** What came of it, in numbers. @throws when two were inside at once, or nobody ever. */
export function outcomeOf({
  sections,
  cpuUs,
  commands,
  forMs,
}: Contended & {readonly commands: number; readonly forMs: number}): Sample {
  assertAlone(sections.flat());
  const counts = sections.map((list) => list.length);
  const count = counts.reduce((sum, each) => sum + each, 0);
  if (count === 0) throw new Error(`no section in ${forMs} ms`);
  return {
    sectionsPerSecond: (1000 * count) / forMs,
    commands: commands / count,
    cpuUs: cpuUs / count,
    fairness: Math.min(...counts) / Math.max(...counts),
  };
}

function assertAlone(sections: readonly Section[]): void {
  const sorted = sections.toSorted(([a], [b]) => a - b);
  for (const [index, [acquiredAt]] of sorted.entries()) {
    const before = sorted[index - 1];
    if (before !== undefined && acquiredAt < before[1]) throw new Error('two were inside at once');
  }
}
