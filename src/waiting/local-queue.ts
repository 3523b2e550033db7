import {onAbort, type Ending} from '../on-abort.js';

// For how long callers of one process may have a lock one after the other before those elsewhere get a chance.
const LONGEST_RUN_MS = 250;

// So many lines are kept though nobody stands in them, and then all of them are thrown out together. A map from which is
// taken out all the time is copied all the time, and its old copies keep alive what has been in them.
const MOST_EMPTY = 1000;

/** Callers of one process who have had a lock one after the other, with somebody in line all the time. */
export interface Run {
  readonly count: number;
  /** Whether it has been going on for long, since it began or was last said to be long. */
  readonly isLong: boolean;
}

const NO_RUN: Run = {count: 0, isLong: false};

/**
 * The callers of one process, in the order in which they came, a line for each resource.
 *
 * Only the first in line asks Redis, and it stays first for as long as it holds the lock: those behind it cost no
 * command and no timer. Who wants several resources stands in all their lines from the same moment on, so no two can
 * wait for each other.
 */
export class LocalQueue {
  readonly #now: () => number;
  #lines = new Map<string, Line>();
  /** In how many of them nobody stands. */
  #empty = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Joins the end of every line. The ticket must be given back with `leave`. */
  enter(resources: readonly string[]): Ticket {
    const ticket = new Ticket(resources, this.#leave);
    for (const resource of resources) {
      const line = this.#line(resource);
      if (line.first === undefined) this.#empty -= 1;
      line.add(ticket);
    }
    if (this.#isFirst(ticket)) ticket.call();
    return ticket;
  }

  /** Joins only where nobody stands in any of the lines. */
  enterIfEmpty(resources: readonly string[]): Ticket | undefined {
    const isEmpty = resources.every((resource) => this.#lines.get(resource)?.first === undefined);
    return isEmpty ? this.enter(resources) : undefined;
  }

  /** Who of this process have had the resources, with somebody else in line all the time: of each the longest run. */
  run(resources: readonly string[]): Run {
    const [only] = resources;
    if (only !== undefined && resources.length === 1) return this.#run(only);
    const runs = resources.map((resource) => this.#run(resource));
    return {
      count: Math.max(...runs.map(({count}) => count)),
      isLong: runs.some(({isLong}) => isLong),
    };
  }

  #run(resource: string): Run {
    return this.#lines.get(resource)?.run ?? NO_RUN;
  }

  /** Whether somebody of this process holds one of the resources. */
  isHeld(resources: readonly string[]): boolean {
    return resources.some((resource) => this.#lines.get(resource)?.first?.isHolding);
  }

  /** One for all tickets. */
  readonly #leave = (ticket: Ticket): void => {
    for (const resource of ticket.resources) {
      const line = this.#lines.get(resource);
      if (line?.remove(ticket) !== true) continue;
      const next = line.first;
      if (next === undefined) {
        this.#emptied(line);
        continue;
      }
      if (ticket.isHolding) line.served(this.#now());
      if (this.#isFirst(next)) next.call();
    }
  };

  /** The line of a resource, perhaps a new one in which nobody stands yet. */
  #line(resource: string): Line {
    const known = this.#lines.get(resource);
    if (known !== undefined) return known;
    const line = new Line();
    this.#lines.set(resource, line);
    this.#empty += 1;
    return line;
  }

  #emptied(line: Line): void {
    line.endRun();
    this.#empty += 1;
    if (this.#empty <= Math.max(MOST_EMPTY, this.#lines.size / 2)) return;
    this.#lines = new Map([...this.#lines].filter(([, {first}]) => first !== undefined));
    this.#empty = 0;
  }

  #isFirst(ticket: Ticket): boolean {
    return ticket.resources.every((resource) => this.#lines.get(resource)?.first === ticket);
  }
}

/** Who wants one resource, and how many have had it since there was nobody. */
class Line {
  #first: Ticket | undefined;
  /** Those behind the first. Most lines have none. */
  #others: Set<Ticket> | undefined;
  // The first of a set from which many were taken is far from its beginning; this goes on from where the last one was.
  #next: Iterator<Ticket, undefined> | undefined;
  #run: Run = NO_RUN;
  #since: number | undefined;

  /** Undefined once the line is empty. */
  get first(): Ticket | undefined {
    return this.#first;
  }

  get run(): Run {
    return this.#run;
  }

  add(ticket: Ticket): void {
    if (this.#first === undefined) {
      this.#first = ticket;
      return;
    }
    this.#others ??= new Set();
    this.#next ??= this.#others.values();
    this.#others.add(ticket);
  }

  /** Returns whether it was there. */
  remove(ticket: Ticket): boolean {
    if (ticket !== this.#first) return this.#drop(ticket);
    this.#first = this.#next?.next().value;
    if (this.#first !== undefined) this.#drop(this.#first);
    return true;
  }

  /** One of them has had it. */
  served(now: number): void {
    this.#since ??= now;
    const isLong = now - this.#since >= LONGEST_RUN_MS;
    if (isLong) this.#since = now;
    this.#run = {count: this.#run.count + 1, isLong};
  }

  /** There is nobody any more. */
  endRun(): void {
    this.#run = NO_RUN;
    this.#since = undefined;
  }

  #drop(ticket: Ticket): boolean {
    const wasThere = this.#others?.delete(ticket) === true;
    if (this.#others?.size === 0) {
      this.#others = undefined;
      this.#next = undefined;
    }
    return wasThere;
  }
}

/** A place in the lines of some resources. */
export class Ticket {
  readonly #leave: (ticket: Ticket) => void;
  #isCalled = false;
  #isHolding = false;
  #onCall: (() => void) | undefined;

  constructor(
    readonly resources: readonly string[],
    leave: (ticket: Ticket) => void,
  ) {
    this.#leave = leave;
  }

  /** Resolves once it is first in all its lines; rejects with the signal's reason when that aborts before. */
  turn(signal: AbortSignal | Ending): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) throw signal.reason;
      if (this.#isCalled) {
        resolve();
        return;
      }
      const stop = onAbort(signal, () => {
        this.#onCall = undefined;
        reject(signal.reason);
      });
      this.#onCall = () => {
        stop();
        resolve();
      };
    });
  }

  /** Whether it is first in all its lines. */
  get isCalled(): boolean {
    return this.#isCalled;
  }

  /** Whether it stands for a lock that is held, and no longer for someone who waits. */
  get isHolding(): boolean {
    return this.#isHolding;
  }

  /** The lock has been obtained: the place is kept until `leave`. */
  hold(): void {
    this.#isHolding = true;
  }

  /** For the queue: it is this ticket's turn. */
  call(): void {
    this.#isCalled = true;
    this.#onCall?.();
  }

  /** Gives the place up; whoever is next gets its turn. Leaving twice does nothing. */
  leave(): void {
    this.#leave(this);
  }
}
