import {Alarm} from '../alarm.js';
import {Bag, type Bagged} from '../bag.js';

// One that goes on answering others is given so many times the time.
const LONGEST_FACTOR = 5;

/** An answer that is waited for. */
interface Wait extends Bagged {
  readonly timeoutMs: number;
  readonly sentAt: number;
  readonly giveUp: (cause: Error) => void;
}

/**
 * How long the answers of one node are waited for, once it is asked: until the node has been silent for their `timeoutMs`.
 *
 * A node that has just answered somebody else is not down: the answer stands in line, there or in this busy process.
 */
export class NodePatience {
  readonly #now: () => number;
  readonly #alarm: Alarm;
  readonly #waits = new Bag<Wait>();
  #heardAt = -Infinity;

  constructor(now: () => number) {
    this.#now = now;
    this.#alarm = new Alarm(now, () => this.#check());
  }

  /**
   * Begins to wait for an answer. `giveUp` is called at most once, and not after the returned function was: that the
   * answer has come.
   */
  start(timeoutMs: number, giveUp: (cause: Error) => void): () => void {
    const sentAt = this.#now();
    const wait = {timeoutMs, sentAt, giveUp, place: -1};
    this.#waits.add(wait);
    if (sentAt + timeoutMs < this.#alarm.at) this.#alarm.set(sentAt + timeoutMs);
    return () => void this.#end(wait);
  }

  /** Whether the node has ever answered. */
  get hasHeard(): boolean {
    return this.#heardAt !== -Infinity;
  }

  /** The node has answered something. */
  heard(): void {
    this.#heardAt = this.#now();
  }

  /** Returns whether it was waited for until now. */
  #end(wait: Wait): boolean {
    const wasThere = this.#waits.delete(wait);
    if (this.#waits.size === 0) this.#alarm.set(Infinity);
    return wasThere;
  }

  #check(): void {
    const now = this.#now();
    let next = Infinity;
    for (const wait of this.#waits) {
      const until = this.#until(wait);
      if (until > now) next = Math.min(next, until);
      else this.#giveUpSoon(wait);
    }
    this.#alarm.set(next);
  }

  #until({sentAt, timeoutMs}: Wait): number {
    const silentSince = Math.max(sentAt, this.#heardAt);
    return Math.min(silentSince + timeoutMs, sentAt + LONGEST_FACTOR * timeoutMs);
  }

  /** Timers come before sockets in a turn: after a busy one the answer may lie there unread. */
  #giveUpSoon(wait: Wait): void {
    setImmediate(() => {
      if (this.#end(wait)) wait.giveUp(new Error(`no answer within ${wait.timeoutMs} ms`));
    });
  }
}
