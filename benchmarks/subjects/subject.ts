import type {Redis} from 'ioredis';

/** A lock in the hand. */
export interface Held {
  release(): Promise<unknown>;
}

/** Something that locks, as a benchmark sees it. */
export interface Subject {
  /** Waits for its turn. */
  acquire(resource: string): Promise<Held>;
  /** Waits for its turn, and keeps the lock alive until it is released. */
  hold(resource: string): Promise<Held>;
  /** Ends what it has opened by itself. */
  close(): Promise<unknown>;
}

/** What all subjects of a benchmark have to keep to. */
export interface Terms {
  readonly ttlMs: number;
  /** How long to wait for a turn. */
  readonly waitMs: number;
}

/** A kind of subject, and all that is to be known about it. */
export interface Kind {
  readonly name: string;
  readonly role: 'ours' | 'floor' | 'peer';
  /** How it is set, for the reader of the results. */
  readonly settings: string;
  /** What it sends without a script, beside what only a client sends: scripts run such commands as well. */
  readonly plainCommands?: readonly string[];
  /** Whether it can be measured here. */
  readonly isThere: () => boolean;
  /** The key in Redis that says who holds a resource. */
  readonly keyOf: (resource: string) => string;
  readonly open: (clients: readonly Redis[], terms: Terms) => Subject | Promise<Subject>;
}
