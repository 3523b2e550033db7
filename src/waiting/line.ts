import type {Attempt, Miss} from './attempt.js';
import {padded, troubleMs} from './forecast.js';
import {onAbort, type Ending} from '../on-abort.js';
import type {Hearer, Hearing, WakeUps} from './wake-ups.js';

/** How it stands with a place that was asked for; `isKnown` is false when other places of ours may be gone. */
export type Entry<T> = Attempt<T> & {readonly isKnown?: boolean};

/** What is asked of Redis for those in line. */
export interface LineKeeper<P, T> {
  /** How often it must be said that those in line are alive. */
  readonly attendMs: number;
  /** Asks for the lock and takes the place, or keeps it, after so many failures in a row. Never rejects. */
  enter(place: P, failures: number): Promise<Entry<T>>;
  /** Says that those in line are alive. `holder` is the token that has the lock. Undefined when that failed. */
  attend(place: P): Promise<{holder: string; waitMs: number; isKnown: boolean} | undefined>;
  /** What was given to a place; undefined when too little time is left of it. */
  accept(place: P, fence: number, sentAt: number): T | undefined;
  /** Gives the place up, and what it was given. */
  leave(place: P): Promise<unknown>;
}

export interface LineOptions<P, T> {
  readonly leases: LineKeeper<P, T>;
  readonly wakeUps: WakeUps;
  /** Where it is told who is given the lock. */
  readonly channel: string;
  readonly random: () => number;
}

// How long until those in line are attended to again where nobody tells who was given the lock, or where that failed.
const UNTOLD_MS = 100;

/**
 * Those of this process who stand in one line that Redis keeps.
 *
 * Each of them has its own place there, and is told on the channel when it is given the lock: that takes no command of its
 * own. One command now and then, for all of them together, says that they are alive, and finds what a lost notice has told.
 */
export class Line<P extends {readonly token: string}, T> implements Hearer {
  readonly #options: LineOptions<P, T>;
  readonly #onEmpty: () => void;
  readonly #waiters = new Map<string, Waiter<P, T>>();
  #hearing: Hearing | undefined;
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Infinity;
  #isAttending = false;
  /** How often it was to be attended to. */
  #calls = 0;

  constructor(options: LineOptions<P, T>, onEmpty: () => void) {
    this.#options = options;
    this.#onEmpty = onEmpty;
  }

  /** Stands in line until the place is given the lock. Rejects when the signal aborts, or where waiting is of no use. */
  async wait(signal: AbortSignal | Ending, place: P, onMiss: (miss: Miss) => void): Promise<T> {
    const waiter = new Waiter<P, T>(place, onMiss);
    this.#waiters.set(place.token, waiter);
    // What is told between the command and its answer would be missed. Where nobody waited before, it is asked for then.
    const {leases, wakeUps, channel} = this.#options;
    if (wakeUps.heard({channels: [channel]}) > 0) this.#hear();
    try {
      const turn = waiter.turn(signal);
      void this.#enter(waiter);
      return await turn;
    } catch (error) {
      void leases.leave(place);
      throw error;
    } finally {
      waiter.stop();
      this.#waiters.delete(place.token);
      if (this.#waiters.size === 0) this.#end();
    }
  }

  /** For the wake-ups: a message on the channel, or none when some may have been missed. */
  told(_node: number, message = ''): void {
    if (message === '') {
      void this.#attend();
      return;
    }
    const [, fence, sentAt, token = ''] = GIVEN.exec(message) ?? [];
    const waiter = this.#waiters.get(token);
    if (waiter === undefined) return;
    const value = this.#options.leases.accept(waiter.place, Number(fence), Number(sentAt));
    if (value === undefined) void this.#enter(waiter);
    else waiter.win(value);
  }

  async #enter(waiter: Waiter<P, T>): Promise<void> {
    if (waiter.isAsking) return;
    waiter.isAsking = true;
    const entry = await this.#options.leases.enter(waiter.place, waiter.failures);
    waiter.isAsking = false;
    if (this.#waiters.get(waiter.place.token) !== waiter) return;
    if (entry.kind === 'won') {
      waiter.win(entry.value);
      return;
    }
    if (waiter.missed(entry)) return;
    if (entry.kind === 'failed') {
      waiter.later(
        () => void this.#enter(waiter),
        troubleMs(waiter.failures, this.#options.random),
      );
      return;
    }
    if (entry.isKnown === false) this.#enterAnew(waiter);
    waiter.isInLine = true;
    this.#hear();
    this.#attendIn(this.#pauseMs({waitMs: entry.waits[0] ?? Infinity}));
  }

  /** Those whom Redis may have taken for dead ask again, in their order: who has kept its place keeps it. */
  #enterAnew(except?: Waiter<P, T>): void {
    for (const waiter of this.#waiters.values()) {
      if (waiter === except || !waiter.isInLine) continue;
      waiter.isInLine = false;
      void this.#enter(waiter);
    }
  }

  #hear(): void {
    if (this.#hearing !== undefined) return;
    const {wakeUps, channel} = this.#options;
    this.#hearing = wakeUps.attach(channel, this);
    if (this.#hearing.isLive) return;
    // What was told before it was heard is found by attending once more.
    void this.#hearing.settled.then(() => this.#attend());
  }

  /** A moment longer than the lock lasts, or until those in line must be heard of again. */
  #pauseMs(seen: {readonly waitMs: number} | undefined): number {
    const {leases, random} = this.#options;
    if (seen === undefined || this.#hearing?.isLive !== true) return UNTOLD_MS;
    return Math.min(leases.attendMs * (0.8 + random() / 5), padded(seen.waitMs, random));
  }

  #attendIn(ms: number): void {
    const at = performance.now() + ms;
    if (at >= this.#timerAt) return;
    clearTimeout(this.#timer);
    this.#timerAt = at;
    this.#timer = setTimeout(() => void this.#attend(), ms);
  }

  async #attend(): Promise<void> {
    this.#calls += 1;
    if (this.#isAttending) return;
    clearTimeout(this.#timer);
    this.#timerAt = Infinity;
    const [first] = this.#waiters.values();
    if (first === undefined) return;
    const calls = this.#calls;
    this.#isAttending = true;
    const seen = await this.#options.leases.attend(first.place);
    this.#isAttending = false;
    if (this.#waiters.size === 0) return;
    // Whatever was told meanwhile may be newer than the answer.
    this.#attendIn(this.#calls > calls ? 0 : this.#pauseMs(seen));
    if (seen?.isKnown === false) this.#enterAnew();
    const given = this.#waiters.get(seen?.holder ?? '');
    // Nobody has told, so it is not known for how long: asking again gives it all its time.
    if (given !== undefined) void this.#enter(given);
  }

  #end(): void {
    clearTimeout(this.#timer);
    this.#timerAt = Infinity;
    this.#hearing?.[Symbol.dispose]();
    this.#hearing = undefined;
    this.#onEmpty();
  }
}

/** `fence sentAt token`, as the scripts tell who was given the lock. */
const GIVEN = /^(\d+) ([\d.]+) (.+)$/s;

/** One who stands in line. */
class Waiter<P, T> {
  readonly place: P;
  readonly #onMiss: (miss: Miss) => void;
  isAsking = false;
  /** Whether its place has been confirmed. */
  isInLine = false;
  failures = 0;
  #win: ((value: T) => void) | undefined;
  #fail: ((error: Error) => void) | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(place: P, onMiss: (miss: Miss) => void) {
    this.place = place;
    this.#onMiss = onMiss;
  }

  /** Resolves with what it wins; rejects when the signal aborts, or when it is hopeless. */
  turn(signal: AbortSignal | Ending): Promise<T> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) throw signal.reason;
      const stop = onAbort(signal, () => reject(signal.reason));
      this.#win = (value) => {
        stop();
        resolve(value);
      };
      this.#fail = (error) => {
        stop();
        reject(error);
      };
    });
  }

  win(value: T): void {
    this.#win?.(value);
  }

  /** Says so, and returns whether that is the end of it. */
  missed(miss: Miss): boolean {
    this.#onMiss(miss);
    this.failures = miss.kind === 'failed' ? this.failures + 1 : 0;
    if (miss.kind !== 'failed' || !miss.isHopeless) return false;
    this.#fail?.(miss.error);
    return true;
  }

  later(act: () => void, ms: number): void {
    this.#timer = setTimeout(act, ms);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
