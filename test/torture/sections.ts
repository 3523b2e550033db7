import type {Entry} from './history.js';

/** One critical section, or the attempt at one, put together from a history. */
export interface Section {
  readonly id: string;
  readonly resource: string;
  readonly process: string;
  readonly isLast: boolean;
  readonly askedAt: number;
  missedAt?: number;
  error?: string;
  checkedAt?: number;
  beganAt?: number;
  isDead: boolean;
  fence?: number;
  /** When the lock was last known to say that it is held. */
  believedAt?: number;
  /** When the holder came to know that it is not: it asked, or was told. */
  noticedAt?: number;
  releaseAt?: number;
  releasedAt?: number;
  releaseError?: string;
}

/** A section in which the lock was obtained. */
export type Held = Section & {readonly beganAt: number; readonly checkedAt: number};

/** The sections of one process. */
export function sectionsOf(process: string, history: readonly Entry[]): Section[] {
  const sections = new Map<string, Section>();
  for (const entry of history) {
    if (entry.type === 'ask') {
      const {section: id, resource, isLast, at: askedAt} = entry;
      sections.set(id, {id, resource, process, isLast, askedAt, isDead: false});
    } else if ('section' in entry) {
      const section = sections.get(entry.section);
      if (section !== undefined) note(section, entry);
    }
  }
  return [...sections.values()];
}

function note(section: Section, entry: Entry): void {
  const {at} = entry;
  switch (entry.type) {
    case 'miss':
      section.missedAt = at;
      section.error = entry.error;
      break;
    case 'begin':
      section.checkedAt = entry.checkedAt;
      section.beganAt = at;
      section.isDead = entry.isDead;
      if (entry.fence !== undefined) section.fence = entry.fence;
      break;
    case 'belief':
      section.believedAt = at;
      break;
    case 'doubt':
    case 'signal':
      // What is told after the release tells nobody anything.
      if (section.releaseAt === undefined) section.noticedAt ??= at;
      break;
    case 'release':
      section.releaseAt = at;
      break;
    case 'released':
      section.releasedAt = at;
      if (entry.error !== undefined) section.releaseError = entry.error;
      break;
    case 'ask':
    case 'stall':
    case 'trouble':
    case 'closed':
    default:
  }
}

/** Those in which the lock was obtained, and was not over by then, in the order in which they began. */
export const heldIn = (sections: readonly Section[]): Held[] =>
  sections
    .filter((section): section is Held => section.beganAt !== undefined && !section.isDead)
    .toSorted((a, b) => a.beganAt - b.beganAt);
