import TinyQueue from 'tinyqueue';

import {Alarm} from '../alarm.js';
import {heartbeatMs} from '../lease/validity.js';
import {Lateness} from './lateness.js';

// More than that at once would hold up everything else; they follow a moment later.
const MOST_PER_TICK = 128;

// When one is due, those are extended with it that will be within such a part of their time between two beats: many in
// one command cost a fraction of what they cost one by one.
const TOGETHER = 1 / 20;

// While there is a lock, so often is looked how late the timers are, and whether the machine was suspended.
const LOOK_MS = 100;

/** What the heartbeat must know of a lock. */
export interface Beating {
  readonly ttlMs: number;
  /** False once it is released or lost; notices by itself that its time ran out. */
  readonly isHeld: boolean;
  /** When that will be unless it is extended. */
  readonly deadline: number;
  /** Whether it must be extended, each time that it could be. */
  readonly isBeatNeeded: boolean;
  /** Extends it. @throws when it was not extended. */
  beat(): Promise<void>;
}

const earlier = (a: Due, b: Due): number => a.at - b.at;

/** A lock in the schedule. */
interface Entry<B extends Beating = Beating> {
  readonly lock: B;
  /** When it is to be extended; `Infinity` while that is under way. */
  beatAt: number;
  /** Its place in the schedule. */
  due: Due<B> | undefined;
  /** Whether the last extension failed. */
  hasFailed: boolean;
}

const isSoonDue = ({beatAt, lock}: Entry, now: number): boolean =>
  beatAt - now <= heartbeatMs(lock.ttlMs) * TOGETHER;

interface Due<B extends Beating = Beating> {
  readonly at: number;
  /** Gone when the lock has left, or has another place. */
  entry: Entry<B> | undefined;
}

/**
 * Keeps all locks of a locker alive, and notices when one of them is lost: one schedule, and one timer for all.
 *
 * A lock is extended a third of its time after the last success. An extension that fails is tried again, and is not yet
 * a loss; the lock's deadline is one, whatever the nodes do.
 */
export class Heartbeat<B extends Beating> {
  readonly #now: () => number;
  readonly #random: () => number;
  readonly #entries = new Map<B, Entry<B>>();
  #schedule = new TinyQueue<Due<B>>([], earlier);
  readonly #lateness = new Lateness();
  /** Those that have come since the last look. Most locks are gone again before they need a place in the schedule. */
  readonly #young = new Set<Entry<B>>();
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

  /** The locks that it watches. */
  get locks(): ReadonlyMap<B, unknown> {
    return this.#entries;
  }

  /** Watches a lock until `remove`, and keeps it alive: it was last confirmed by what was sent at `since`. */
  add(lock: B, since: number = this.#now()): void {
    const {deadline} = lock;
    // What is given to one in line ends long before its own ttl.
    const beatAt = Math.min(this.#nextBeat(lock.ttlMs, since), (since + deadline) / 2);
    const entry = {lock, beatAt, due: undefined, hasFailed: false};
    this.#entries.set(lock, entry);
    this.#young.add(entry);
    this.#look(Math.min(beatAt, deadline));
  }

  /** Keeps nothing alive any more. */
  close(): void {
    this.#alarm.end();
  }

  remove(lock: B): void {
    const entry = this.#entries.get(lock);
    if (entry === undefined) return;
    this.#entries.delete(lock);
    if (this.#entries.size === 0) this.#alarm.set(Infinity);
    if (this.#young.delete(entry)) return;
    this.#unplan(entry);
    this.#tidy();
  }

  /** Throws out of the schedule what has gone, once that is most of it. */
  #tidy(): void {
    if (this.#schedule.length <= 2 * this.#entries.size) return;
    const current = this.#schedule.data.filter(({entry}) => entry !== undefined);
    this.#schedule = new TinyQueue(current, earlier);
  }

  #unplan(entry: Entry<B>): void {
    if (entry.due !== undefined) entry.due.entry = undefined;
    entry.due = undefined;
  }

  #nextBeat(ttlMs: number, since: number): number {
    // Somewhat early by chance, so that locks obtained together do not stay together.
    return since + heartbeatMs(ttlMs) * (0.8 + this.#random() / 5);
  }

  #plan(entry: Entry<B>): void {
    const due = this.#place(entry);
    this.#schedule.push(due);
    this.#look(due.at);
  }

  /** Every lock gets a new place, because the deadlines are others now. */
  #planAnew(): void {
    const places = [...this.#entries.values()].map((entry) => this.#place(entry));
    this.#schedule = new TinyQueue(places, earlier);
  }

  #place(entry: Entry<B>): Due<B> {
    this.#unplan(entry);
    const due = {at: Math.min(entry.beatAt, entry.lock.deadline), entry};
    entry.due = due;
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
    for (const entry of this.#young) this.#schedule.push(this.#place(entry));
    this.#young.clear();
    if (this.#lateness.note(now - ringAt, now)) this.#planAnew();
    let attended = 0;
    for (let due = this.#schedule.peek(); due !== undefined; due = this.#schedule.peek()) {
      const {entry, at} = due;
      if (entry !== undefined) {
        const isDue = at <= now || (attended > 0 && isSoonDue(entry, now));
        if (!isDue || attended === MOST_PER_TICK) break;
      }
      this.#schedule.pop();
      if (entry === undefined) continue;
      this.#attend(entry, now);
      attended += 1;
    }
    this.#look(this.#schedule.peek()?.at ?? Infinity);
  }

  #attend(entry: Entry<B>, now: number): void {
    if (!entry.lock.isHeld) {
      this.remove(entry.lock);
      return;
    }
    const isDue = isSoonDue(entry, now);
    if (isDue && !entry.lock.isBeatNeeded) {
      entry.beatAt = this.#nextBeat(entry.lock.ttlMs, now);
    } else if (isDue) {
      entry.beatAt = Infinity;
      void this.#beat(entry);
    }
    this.#plan(entry);
  }

  async #beat(entry: Entry<B>): Promise<void> {
    try {
      await entry.lock.beat();
      entry.beatAt = this.#nextBeat(entry.lock.ttlMs, this.#now());
      entry.hasFailed = false;
    } catch {
      // Lost, and then the lock knows; or unclear, and then it is asked again: at once, and now and then after that.
      entry.beatAt = this.#now() + (entry.hasFailed ? entry.lock.ttlMs / 10 : 0);
      entry.hasFailed = true;
    }
    if (this.#entries.get(entry.lock) === entry) this.#plan(entry);
  }
}
