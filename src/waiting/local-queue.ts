import {onAbort} from '../on-abort.js';

/**
 * The callers of one process, in the order in which they came, a line for each resource.
 *
 * Only the first in line asks Redis, and it stays first for as long as it holds the lock: those behind it cost no
 * command and no timer. Who wants several resources stands in all their lines from the same moment on, so no two can
 * wait for each other.
 */
export class LocalQueue {
  readonly #lines = new Map<string, Line>();

  /** Joins the end of every line. The ticket must be given back with `leave`. */
  enter(resources: readonly string[]): Ticket {
    const ticket = new Ticket(resources, (left) => this.#leave(left));
    for (const resource of resources) {
      const line = this.#lines.get(resource) ?? {tickets: new Set(), run: 0};
      line.tickets.add(ticket);
      this.#lines.set(resource, line);
    }
    if (this.#isFirst(ticket)) ticket.call();
    return ticket;
  }

  /** Joins only where nobody stands in any of the lines. */
  enterIfEmpty(resources: readonly string[]): Ticket | undefined {
    const isEmpty = resources.every((resource) => !this.#lines.has(resource));
    return isEmpty ? this.enter(resources) : undefined;
  }

  /** How many of this process have had one of the resources, with somebody else in line all the time. */
  run(resources: readonly string[]): number {
    return Math.max(...resources.map((resource) => this.#lines.get(resource)?.run ?? 0));
  }

  /** Whether somebody of this process holds one of the resources. */
  isHeld(resources: readonly string[]): boolean {
    return resources.some((resource) => this.#first(resource)?.isHolding);
  }

  #leave(ticket: Ticket): void {
    for (const resource of ticket.resources) {
      const line = this.#lines.get(resource);
      if (line?.tickets.delete(ticket) !== true) continue;
      if (ticket.isHolding) line.run += 1;
      const [next] = line.tickets;
      if (next === undefined) this.#lines.delete(resource);
      else if (this.#isFirst(next)) next.call();
    }
  }

  #isFirst(ticket: Ticket): boolean {
    return ticket.resources.every((resource) => this.#first(resource) === ticket);
  }

  #first(resource: string): Ticket | undefined {
    const [first] = this.#lines.get(resource)?.tickets ?? [];
    return first;
  }
}

/** Who wants one resource, and how many have had it since there was nobody. */
interface Line {
  readonly tickets: Set<Ticket>;
  run: number;
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
  turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
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
