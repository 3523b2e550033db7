import TinyQueue from 'tinyqueue';

import {Alarm} from '../alarm.js';
import {Bag, type Bagged} from '../bag.js';
import {heartbeatMs} from '../lease/validity.js';
import {Lateness} from './lateness.js';

// More than that at once would hold up everything else; they follow a moment later.
const MOST_PER_TICK = 128;

// When one is due, those are extended with it that will be within such a part of their time between two beats: many in
// one command cost a fraction of what they cost one by one.
const TOGETHER = 1 / 20;

// While there is a lock, so often is looked how late the timers are, and whether the machine was suspended.
const LOOK_MS = 100;

/** What the heartbeat must know of a lock, and what it notes down on it. */
export abstract class Beating implements Bagged {
  abstract readonly ttlMs: number;
  /** False once it is released or lost; notices by itself that its time ran out. */
  abstract readonly isHeld: boolean;
  /** When that will be unless it is extended. */
  abstract readonly deadline: number;
  /** Whether it must be extended, each time that it could be. */
  abstract readonly isBeatNeeded: boolean;
  /** Extends it. @throws when it was not extended. */
  abstract beat(): Promise<void>;

  /** For the heartbeat: its place among the young. */
  place: number = -1;
  /** For the heartbeat: its place in the schedule. */
  due: {lock: unknown} | undefined;
  /** For the heartbeat: when it is to be extended; `Infinity` while that is under way. */
  beatAt: number = Infinity;
  /** For the heartbeat: whether the last extension failed. */
  hasFailed: boolean = false;
}

/** A place in the schedule. */
interface Due<B> {
  readonly at: number;
  /** Gone when it has left, or has another place. */
  lock: B | undefined;
}

const earlier = (a: Due<unknown>, b: Due<unknown>): number => a.at - b.at;

const isSoonDue = ({beatAt, ttlMs}: Beating, now: number): boolean =>
  beatAt - now <= heartbeatMs(ttlMs) * TOGETHER;

/**
 * Keeps all locks of a locker alive, and notices when one of them is lost: one schedule, and one timer for all.
 *
 * A lock is extended a third of its time after the last success. An extension that fails is tried again, and is not yet
 * a loss; the lock's deadline is one, whatever the nodes do.
 */
export class Heartbeat<B extends Beating> {
  readonly #now: () => number;
  readonly #random: () => number;
  #schedule = new TinyQueue<Due<B>>([], earlier);
  readonly #lateness = new Lateness();
  /** Those that have come since the last look. Most locks are gone again before they need a place in the schedule. */
  readonly #young = new Bag<B>();
  /** How many have a place in the schedule. */
  #planned = 0;
  readonly #alarm: Alarm;

  constructor(now: () => number, random: () => number) {
    this.#now = now;
    this.#random = random;
    this.#alarm = new Alarm(now, (at) => this.#tick(at));
  }

  /** How late this process may notice that a time is over: as late as its timers have lately been. */
  get expectedLatenessMs(): number {
    return this.#lateness.expectedMs;
  }

  /** How many locks it watches. */
  get size(): number {
    return this.#young.size + this.#planned;
  }

  /** The locks that it watches. */
  get locks(): readonly B[] {
    return [...this.#young, ...this.#plannedLocks()];
  }

  /**
   * Watches a lock until `remove`, and keeps it alive. It was last confirmed by what was sent at `since`, and is extended
   * for the first time by `beatBy` at the latest.
   */
  add(lock: B, since: number = this.#now(), beatBy: number = Infinity): void {
    lock.beatAt = Math.min(this.#nextBeat(lock.ttlMs, since), beatBy);
    this.#young.add(lock);
    this.#look(Math.min(lock.beatAt, lock.deadline));
  }

  /** Keeps nothing alive any more. */
  close(): void {
    this.#alarm.end();
  }

  remove(lock: B): void {
    if (!this.#young.delete(lock)) this.#unplan(lock);
    if (this.size === 0) this.#alarm.set(Infinity);
    this.#tidy();
  }

  /** Throws out of the schedule what has gone, once that is most of it. */
  #tidy(): void {
    if (this.#schedule.length <= 2 * this.size) return;
    const current = this.#schedule.data.filter(({lock}) => lock !== undefined);
    this.#schedule = new TinyQueue(current, earlier);
  }

  #unplan(lock: B): void {
    if (lock.due === undefined) return;
    lock.due.lock = undefined;
    lock.due = undefined;
    this.#planned -= 1;
  }

  #nextBeat(ttlMs: number, since: number): number {
    // Somewhat early by chance, so that locks obtained together do not stay together.
    return since + heartbeatMs(ttlMs) * (0.9 + this.#random() / 10);
  }

  #plan(lock: B): void {
    const due = this.#place(lock);
    this.#schedule.push(due);
    this.#look(due.at);
  }

  /** Every lock gets a new place, because the deadlines are others now. */
  #planAnew(): void {
    const places = this.#plannedLocks().map((lock) => this.#place(lock));
    this.#schedule = new TinyQueue(places, earlier);
  }

  #plannedLocks(): readonly B[] {
    return this.#schedule.data.flatMap(({lock}) => lock ?? []);
  }

  #place(lock: B): Due<B> {
    this.#unplan(lock);
    const due = {at: Math.min(lock.beatAt, lock.deadline), lock};
    lock.due = due;
    this.#planned += 1;
    return due;
  }

  /** Sees to it that the schedule is looked at by then, and now and then before. */
  #look(at: number): void {
    if (at >= this.#alarm.at) return;
    const now = this.#now();
    this.#alarm.set(Math.max(now, Math.min(at, now + LOOK_MS)));
  }

  #tick(ringAt: number): void {
    const now = this.#now();
    for (const lock of this.#young.takeAll()) this.#schedule.push(this.#place(lock));
    if (this.#lateness.note(now - ringAt, now)) this.#planAnew();
    let attended = 0;
    for (let due = this.#schedule.peek(); due !== undefined; due = this.#schedule.peek()) {
      const {lock, at} = due;
      if (lock !== undefined) {
        const isDue = at <= now || (attended > 0 && isSoonDue(lock, now));
        if (!isDue || attended === MOST_PER_TICK) break;
      }
      this.#schedule.pop();
      if (lock === undefined) continue;
      this.#attend(lock, now);
      attended += 1;
    }
    this.#look(this.#schedule.peek()?.at ?? Infinity);
  }

  #attend(lock: B, now: number): void {
    if (!lock.isHeld) {
      this.remove(lock);
      return;
    }
    const isDue = isSoonDue(lock, now);
    if (isDue && !lock.isBeatNeeded) {
      lock.beatAt = this.#nextBeat(lock.ttlMs, now);
    } else if (isDue) {
      lock.beatAt = Infinity;
      void this.#beat(lock);
    }
    this.#plan(lock);
  }

  async #beat(lock: B): Promise<void> {
    try {
      await lock.beat();
      lock.beatAt = this.#nextBeat(lock.ttlMs, this.#now());
      lock.hasFailed = false;
    } catch {
      // Lost, and then the lock knows; or unclear, and then it is asked again: at once, and now and then after that.
      lock.beatAt = this.#now() + (lock.hasFailed ? lock.ttlMs / 10 : 0);
      lock.hasFailed = true;
    }
    if (lock.due !== undefined) this.#plan(lock);
  }
}
