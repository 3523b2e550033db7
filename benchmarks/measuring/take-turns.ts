import type {Kind, Terms} from '../subjects/subject.js';
import type {Row} from '../reporting/result.js';
import {interleave, type Entrant, type Sample, type Turns} from './interleave.js';
import type {ClientOptions} from './nodes.js';
import {Opened} from './opened.js';

/** Where subjects are opened. */
export interface Place {
  readonly urls: readonly string[];
  readonly terms: Terms;
  readonly options?: ClientOptions;
  /** Called when all are open, before the first turn. */
  readonly opened?: () => Promise<unknown>;
}

/** Opens a subject of each kind in this process, lets them take turns, and closes them. */
export async function takeTurns(
  kinds: readonly Kind[],
  {urls, terms, options, opened}: Place,
  turns: Turns,
  take: (subject: Opened, round: number) => Promise<Sample>,
): Promise<Row[]> {
  const opening = await Promise.allSettled(
    kinds.map((kind) => Opened.open(kind, urls, terms, options)),
  );
  const subjects = opening.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  try {
    await opened?.();
    const entrants = kinds.map(({name}, index): Entrant => {
      const subject = subjects.find(({kind}) => kind.name === name);
      if (subject === undefined) {
        return {subject: name, take: async () => Promise.reject(reasonOf(opening[index]))};
      }
      return {
        subject: name,
        take: (round) => take(subject, round),
        withdraw: () => subject.close(),
      };
    });
    return await interleave(entrants, turns);
  } finally {
    await Promise.allSettled(subjects.map((subject) => subject.close()));
  }
}

function reasonOf(opening: PromiseSettledResult<Opened> | undefined): Error {
  const reason: unknown = opening?.status === 'rejected' ? opening.reason : undefined;
  return reason instanceof Error ? reason : new Error('it could not be opened');
}
