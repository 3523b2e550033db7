import {ReplyError} from './reply.js';

/** Members with scores. */
export class SortedSet {
  readonly scores: Map<string, number> = new Map();

  /** In the order of their scores, and of the members where these are equal. */
  inOrder(): [member: string, score: number][] {
    return [...this.scores].toSorted(([a, scoreA], [b, scoreB]) =>
      scoreA === scoreB ? (a < b ? -1 : 1) : scoreA - scoreB,
    );
  }
}

type Value = string | string[] | Map<string, string> | Set<string> | SortedSet;

interface Entry {
  value: Value;
  /** On the node's wall clock; `Infinity` when it stays. */
  expiresAt: number;
}

/** What a node has stored at some moment, to be brought back later. */
export type Snapshot = ReadonlyMap<string, Readonly<Entry>>;

/** The keys of one node, which end by its wall clock. */
export class Keyspace {
  readonly #now: () => number;
  #entries = new Map<string, Entry>();

  /** `now` in whole milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  now(): number {
    return this.#now();
  }

  has(key: string): boolean {
    return this.#entry(key) !== undefined;
  }

  /** How the value of a key is called in `TYPE`. */
  typeOf(key: string): string {
    const value = this.#entry(key)?.value;
    if (value === undefined) return 'none';
    if (typeof value === 'string') return 'string';
    if (Array.isArray(value)) return 'list';
    if (value instanceof Map) return 'hash';
    return value instanceof Set ? 'set' : 'zset';
  }

  /** @throws {ReplyError} when it holds something else; so do those below. */
  text(key: string): string | undefined {
    const value = this.#entry(key)?.value;
    if (value === undefined || typeof value === 'string') return value;
    throw wrongType();
  }

  list(key: string): string[] | undefined {
    const value = this.#entry(key)?.value;
    if (value === undefined || Array.isArray(value)) return value;
    throw wrongType();
  }

  hash(key: string): Map<string, string> | undefined {
    const value = this.#entry(key)?.value;
    if (value === undefined || value instanceof Map) return value;
    throw wrongType();
  }

  members(key: string): Set<string> | undefined {
    const value = this.#entry(key)?.value;
    if (value === undefined || value instanceof Set) return value;
    throw wrongType();
  }

  sortedSet(key: string): SortedSet | undefined {
    const value = this.#entry(key)?.value;
    if (value === undefined || value instanceof SortedSet) return value;
    throw wrongType();
  }

  /** Stores a value. The key stays until then, or as long as it would have. */
  set(key: string, value: Value, expiresAt?: number): void {
    const stays = expiresAt ?? this.#entry(key)?.expiresAt ?? Infinity;
    this.#entries.set(key, {value, expiresAt: stays});
  }

  delete(key: string): boolean {
    return this.has(key) && this.#entries.delete(key);
  }

  /** When the key ends; undefined when there is none. */
  expiresAt(key: string): number | undefined {
    return this.#entry(key)?.expiresAt;
  }

  /** Lets a key end at another time; at once when that has passed. */
  expire(key: string, at: number): void {
    const entry = this.#entry(key);
    if (entry === undefined) return;
    if (at <= this.#now()) this.#entries.delete(key);
    else entry.expiresAt = at;
  }

  keys(): string[] {
    return [...this.#entries.keys()].filter((key) => this.has(key));
  }

  clear(): void {
    this.#entries.clear();
  }

  snapshot(): Snapshot {
    return copyOf(this.#entries);
  }

  restore(snapshot: Snapshot): void {
    this.#entries = copyOf(snapshot);
  }

  #entry(key: string): Entry | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.expiresAt > this.#now()) return entry;
    this.#entries.delete(key);
    return undefined;
  }
}

const wrongType = (): ReplyError =>
  new ReplyError('WRONGTYPE Operation against a key holding the wrong kind of value');

const copyOf = (entries: Snapshot): Map<string, Entry> =>
  new Map([...entries].map(([key, entry]) => [key, structuredCopy(entry)]));

function structuredCopy({value, expiresAt}: Readonly<Entry>): Entry {
  if (!(value instanceof SortedSet)) return {value: structuredClone(value), expiresAt};
  const copy = new SortedSet();
  for (const [member, score] of value.scores) copy.scores.set(member, score);
  return {value: copy, expiresAt};
}
