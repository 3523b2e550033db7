import TinyQueue from 'tinyqueue';

import {heartbeatMs} from '../lease/validity.js';

// More than that at once would hold up everything else; they follow a moment later.
const MOST_PER_TICK = 250;

/** What the heartbeat must know of a lock. */
export interface Beating {
  /** False once it is released or lost; notices by itself that its time ran out. */
  readonly isHeld: boolean;
  extend(): Promise<void>;
}

/** A lock in the schedule. */
interface Entry {
  readonly lock: Beating;
  readonly ttlMs: number;
  readonly deadline: () => number;
  /** When it is to be extended; `Infinity` while that is under way, and for locks that do not keep themselves alive. */
  beatAt: number;
  /** Its place in the schedule; others in the queue are out of date. */
  due: Due | undefined;
}

interface Due {
  readonly at: number;
  readonly entry: Entry;
}

/**
 * Keeps all locks of a locker alive, and notices when one of them is lost: one schedule, and one timer for all.
 *
 * A lock is extended a third of its time after the last success. An extension that fails is tried again, and is not yet
 * a loss; the lock's deadline is one, whatever the nodes do.
 */
export class Heartbeat {
  readonly #now: () => number;
  readonly #random: () => number;
  readonly #entries = new Map<Beating, Entry>();
  readonly #schedule = new TinyQueue<Due>([], (a, b) => a.at - b.at);
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Infinity;

  constructor(now: () => number, random: () => number) {
    this.#now = now;
    this.#random = random;
  }

  /** Watches a lock until `remove`, and extends it if `keepAlive`. */
  add(lock: Beating, ttlMs: number, deadline: () => number, keepAlive: boolean): void {
    const beatAt = keepAlive ? this.#nextBeat(ttlMs) : Infinity;
    const entry: Entry = {lock, ttlMs, deadline, beatAt, due: undefined};
    this.#entries.set(lock, entry);
    this.#plan(entry);
  }

  remove(lock: Beating): void {
    const entry = this.#entries.get(lock);
    if (entry === undefined) return;
    entry.due = undefined;
    this.#entries.delete(lock);
    if (this.#entries.size > 0) return;
    this.#schedule.data.length = 0;
    this.#schedule.length = 0;
    this.#setTimer(Infinity);
  }

  #nextBeat(ttlMs: number): number {
    // Somewhat early by chance, so that locks obtained together do not stay together.
    return this.#now() + heartbeatMs(ttlMs) * (0.8 + this.#random() / 5);
  }

  #plan(entry: Entry): void {
    entry.due = {at: Math.min(entry.beatAt, entry.deadline()), entry};
    this.#schedule.push(entry.due);
    if (entry.due.at < this.#timerAt) this.#setTimer(entry.due.at);
  }

  #setTimer(at: number): void {
    clearTimeout(this.#timer);
    this.#timerAt = at;
    if (at === Infinity) return;
    this.#timer = setTimeout(() => this.#tick(), Math.max(0, Math.ceil(at - this.#now())));
  }

  #tick(): void {
    this.#timerAt = Infinity;
    const now = this.#now();
    let attended = 0;
    for (let due = this.#schedule.peek(); due !== undefined; due = this.#schedule.peek()) {
      const isCurrent = due.entry.due === due;
      if (isCurrent && (due.at > now || attended === MOST_PER_TICK)) break;
      this.#schedule.pop();
      if (!isCurrent) continue;
      this.#attend(due.entry, now);
      attended += 1;
    }
    this.#setTimer(this.#schedule.peek()?.at ?? Infinity);
  }

  #attend(entry: Entry, now: number): void {
    if (!entry.lock.isHeld) {
      this.remove(entry.lock);
      return;
    }
    if (entry.beatAt <= now) {
      entry.beatAt = Infinity;
      void this.#beat(entry);
    }
    this.#plan(entry);
  }

  async #beat(entry: Entry): Promise<void> {
    try {
      await entry.lock.extend();
      entry.beatAt = this.#nextBeat(entry.ttlMs);
    } catch {
      // Lost, and then the lock knows; or unclear, and then it is asked again until its deadline.
      entry.beatAt = this.#now() + entry.ttlMs / 10;
    }
    if (this.#entries.get(entry.lock) === entry) this.#plan(entry);
  }
}
