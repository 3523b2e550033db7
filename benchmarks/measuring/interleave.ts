import type {Row} from '../reporting/result.js';
import {messageOf} from './message-of.js';
import {throwStrayRejection} from './stray-rejections.js';
import {within} from './within.js';

/** What one round found out about a subject: numbers, or lists of them, which those of the other rounds are added to. */
export type Sample = Readonly<Record<string, number | readonly number[]>>;

/** One that takes turns with others. */
export interface Entrant {
  readonly subject: string;
  /** One round. */
  take(round: number): Promise<Sample>;
  /** Called when it failed, so that what it may still do disturbs nobody. */
  withdraw?(): Promise<unknown>;
}

export interface Turns {
  /** What all of them do, in words. */
  readonly setting: string;
  /** Rounds for everyone that do not count. */
  readonly warmUps: number;
  readonly rounds: number;
  /** How long one round of one of them may take. */
  readonly limitMs: number;
}

/**
 * Lets all take turns, so that whatever else the machine does meets all of them. Each round begins with another one:
 * it may be easier, or harder, to come first. Who fails is out, and the row says why.
 */
export async function interleave(
  entrants: readonly Entrant[],
  {setting, warmUps, rounds, limitMs}: Turns,
): Promise<Row[]> {
  const failures = new Map<Entrant, string>();
  const taken = new Map(entrants.map((entrant) => [entrant, [] as Sample[]]));
  for (let round = -warmUps; round < rounds; round += 1) {
    for (const entrant of rotated(entrants, round + warmUps)) {
      if (failures.has(entrant)) continue;
      try {
        const sample = await within(limitMs, entrant.take(round));
        throwStrayRejection();
        if (round >= 0) taken.get(entrant)?.push(sample);
      } catch (error) {
        failures.set(entrant, messageOf(error));
        await entrant.withdraw?.().catch(() => {});
      }
    }
  }
  return entrants.map((entrant) =>
    toRow(entrant.subject, setting, taken.get(entrant) ?? [], failures.get(entrant)),
  );
}

export function toRow(
  subject: string,
  setting: string,
  samples: readonly Sample[],
  failure?: string,
): Row {
  const names = Object.keys(samples[0] ?? {});
  // Some have nothing to tell about some of it.
  const values = names.map((name) => [
    name,
    samples
      .flatMap((sample) => sample[name] ?? [])
      .map(rounded)
      .filter(Number.isFinite),
  ]);
  return {
    subject,
    setting,
    samples: Object.fromEntries(values),
    ...(failure === undefined ? {} : {failure}),
  };
}

const rounded = (value: number): number => Number(value.toPrecision(5));

function rotated<T>(items: readonly T[], by: number): readonly T[] {
  const start = by % Math.max(1, items.length);
  return [...items.slice(start), ...items.slice(0, start)];
}
