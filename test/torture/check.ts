import type {Entry} from './history.js';
import type {Writes} from './ledger.js';
import {heldIn, sectionsOf, type Held, type Section} from './sections.js';

/** All that is known of a run. */
export interface Record {
  readonly histories: ReadonlyMap<string, readonly Entry[]>;
  readonly writes: readonly Writes[];
  /** The processes that were killed on purpose. */
  readonly killed: ReadonlySet<string>;
}

/** Two sections and for how long it went wrong between them. */
export interface Incident {
  readonly resource: string;
  readonly first: string;
  readonly second: string;
  readonly ms: number;
}

/** What a history shows. */
export interface Findings {
  /** Sections in which the lock was held. */
  readonly sections: number;
  /** Acquisitions that failed, by the name of the error. */
  readonly misses: ReadonlyMap<string, number>;
  /** Releases that failed, by the name of the error. */
  readonly releaseErrors: ReadonlyMap<string, number>;
  /** The longest time between two beginnings on a resource. */
  readonly longestGapMs: number;
  /** The first was still told that it holds when the second was told so. */
  readonly overlaps: readonly Incident[];
  /** The first did not know of its loss when the second began; how much later it did, not counting when it stood still. */
  readonly lateNotices: readonly Incident[];
  /** The second began later, and its fence is not larger. */
  readonly inversions: readonly Incident[];
  /** Writes to a resource that takes all, by who began before somebody who had written already. */
  readonly staleWrites: number;
  /** The same where the resource checks fences. */
  readonly staleGuardedWrites: number;
  readonly refusedWrites: number;
  /** Locks that were over when they were handed out. */
  readonly deadLocks: number;
  /** Acquisitions and releases that never came to an end. */
  readonly stuck: readonly string[];
  /** Last acquisitions, after all faults, that failed. */
  readonly failedLast: readonly string[];
  /** Unhandled rejections and uncaught exceptions. */
  readonly troubles: readonly string[];
}

// Between two events of one turn of the event loop.
const TURN_MS = 10;

/** Reads what the processes and the resources have recorded. */
export function check({histories, writes, killed}: Record): Findings {
  const all = [...histories].flatMap(([process, history]) => sectionsOf(process, history));
  const held = heldIn(all);
  const resources = [...new Set(held.map(({resource}) => resource))];
  const lines = resources.map((name) => held.filter(({resource}) => resource === name));
  const living = all.filter(({process}) => !killed.has(process));
  return {
    sections: held.length,
    misses: count(all.map(({error}) => error)),
    releaseErrors: count(all.map(({releaseError}) => releaseError)),
    longestGapMs: Math.max(0, ...lines.flatMap((line) => gaps(line))),
    overlaps: lines.flatMap((line) => overlaps(line)),
    lateNotices: lines.flatMap((line) => lateNotices(line, histories)),
    inversions: lines.flatMap((line) => inversions(line)),
    staleWrites: sum(writes, ({unguarded}) => stale(unguarded, held)),
    staleGuardedWrites: sum(writes, ({guarded}) => stale(guarded, held)),
    refusedWrites: sum(writes, ({unguarded, guarded}) => unguarded.length - guarded.length),
    deadLocks: all.filter(({isDead}) => isDead).length,
    stuck: living.filter(isStuck).map(({id}) => id),
    failedLast: living
      .filter(({isLast, missedAt}) => isLast && missedAt !== undefined)
      .map(({id}) => id),
    troubles: [...histories.values()]
      .flat()
      .flatMap((entry) => (entry.type === 'trouble' ? [entry.text] : [])),
  };
}

const isStuck = ({missedAt, beganAt, releasedAt}: Section): boolean =>
  missedAt === undefined && (beganAt === undefined || releasedAt === undefined);

const sum = <T>(items: readonly T[], of: (item: T) => number): number =>
  items.reduce((total, item) => total + of(item), 0);

function count(names: readonly (string | undefined)[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) {
    if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

const gaps = (line: readonly Held[]): number[] =>
  line.slice(1).map(({beganAt}, index) => beganAt - (line[index]?.beganAt ?? beganAt));

const incident = (first: Held, second: Held, ms: number): Incident => ({
  resource: first.resource,
  first: first.id,
  second: second.id,
  ms,
});

/**
 * A lock that says that it is held when it is asked at two moments was held all the time in between, by its own word.
 * Only what is certain counts: not the time before the first answer had come, nor after the last question was asked.
 */
function overlaps(line: readonly Held[]): Incident[] {
  return line.flatMap((second, index) =>
    line.slice(0, index).flatMap((first) => {
      const until = first.believedAt ?? -Infinity;
      if (second.beganAt >= until || first.beganAt > second.checkedAt) return [];
      const ms = Math.min(until, second.believedAt ?? second.beganAt) - second.beganAt;
      return [incident(first, second, Math.max(0, ms))];
    }),
  );
}

function lateNotices(line: readonly Held[], histories: Record['histories']): Incident[] {
  return line.flatMap((first, index) => {
    const second = line[index + 1];
    if (second === undefined) return [];
    const from = second.beganAt;
    if (Math.min(first.noticedAt ?? Infinity, first.releaseAt ?? Infinity) <= from) return [];
    const history = histories.get(first.process) ?? [];
    const end = first.noticedAt ?? first.releaseAt ?? history.at(-1)?.at ?? from;
    const ms = end - afterStalls(history, from, end);
    return ms > TURN_MS ? [incident(first, second, ms)] : [];
  });
}

/** The moment from which on a process was able to notice something, from those on in which it could not. */
function afterStalls(history: readonly Entry[], from: number, end: number): number {
  const ends = history.flatMap((entry) =>
    entry.type === 'stall' && entry.until > from && entry.at < end ? [entry.until] : [],
  );
  return Math.max(from, ...ends);
}

function inversions(line: readonly Held[]): Incident[] {
  const numbered = line.filter(({fence}) => fence !== undefined);
  let largest: Held | undefined;
  return numbered.flatMap((second) => {
    const first = largest;
    const isLarger = (second.fence ?? 0) > (first?.fence ?? -Infinity);
    if (isLarger) largest = second;
    if (first === undefined || isLarger) return [];
    return [incident(first, second, second.beganAt - first.beganAt)];
  });
}

/** How many writes were taken of somebody who began before one that had written already. */
function stale(writers: readonly string[], held: readonly Held[]): number {
  const beganAt = new Map(held.map((section) => [section.id, section.beganAt]));
  let newest = -Infinity;
  let found = 0;
  for (const writer of writers) {
    const began = beganAt.get(writer) ?? newest;
    if (began < newest) found += 1;
    newest = Math.max(newest, began);
  }
  return found;
}
