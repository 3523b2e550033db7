import type {Lock} from '../index.js';
import type {Candidacy} from './candidacy.js';
import {LONGEST_TIMER_MS} from '../longest-timer-ms.js';

export interface TermSettings {
  readonly id: string;
  readonly headStartMs: number;
  readonly resignGraceMs: number;
}

/** The time for which a candidate leads, from the moment at which it is elected until its leadership has ended. */
export class Term {
  readonly #lock: Lock;
  readonly #candidacy: Candidacy;
  readonly #settings: TermSettings;
  readonly #onLoss = (): void => this.#candidacy.end('lost', this.#lock.signal.reason);
  readonly #ended: Promise<void>;
  #end: (() => void) | undefined;
  #watch: NodeJS.Timeout | undefined;
  #grace: NodeJS.Timeout | undefined;

  /** @internal */
  constructor(lock: Lock, candidacy: Candidacy, settings: TermSettings) {
    this.#lock = lock;
    this.#candidacy = candidacy;
    this.#settings = settings;
    this.#ended = new Promise((resolve) => (this.#end = resolve));
    this.signal.addEventListener('abort', () => this.#startGrace(), {once: true});
    lock.signal.addEventListener('abort', this.#onLoss);
    this.#lookAhead();
  }

  /** Who leads: the candidate's own id. */
  get id(): string {
    return this.#settings.id;
  }

  /**
   * The number of the term: a whole number below 2^53, larger than that of every term before it. Store it with what you
   * write, and refuse a smaller one there.
   */
  get fence(): number {
    return this.#lock.fence;
  }

  /**
   * Aborts when the callback has to end: before leadership can end when Redis falls silent, before it is given up when
   * the leader resigns, and at once when somebody else took it. Its `reason` is a {@link LeadershipEndedError}.
   */
  get signal(): AbortSignal {
    return this.#candidacy.signal;
  }

  /**
   * Whether nobody else can lead at this moment. Stays true while the callback ends after its signal has aborted, as long
   * as leadership has not been lost. It is read off the clock, so it is right in the first line after a pause.
   */
  get isLeader(): boolean {
    return this.#lock.isHeld;
  }

  /** For how many milliseconds it still leads if that cannot be confirmed any more; 0 when it does not lead. */
  get remainingMs(): number {
    return this.#lock.remainingMs;
  }

  /** @throws {LeadershipEndedError} when it does not lead any more. */
  assertLeader(): void {
    if (!this.isLeader) throw this.signal.reason;
  }

  /**
   * Lets everybody read a small text beside the name of the leader, such as its address, until the term ends or something
   * else is proclaimed.
   *
   * @throws {LeadershipEndedError} when it does not lead any more.
   * @throws {QuorumError} when too few nodes answered. It may be tried again.
   * @throws {TypeError | RangeError} when `value` is no text of at most 1 kB.
   */
  async proclaim(value: string): Promise<void> {
    this.assertLeader();
    try {
      await this.#lock.announce(value);
    } catch (error) {
      this.assertLeader();
      throw error;
    }
  }

  /**
   * Ends the term: aborts its signal, waits until the callback has returned, and gives the leadership up. A callback that
   * takes longer than `resignGraceMs` is not waited for. Never rejects.
   *
   * Inside of the callback call it without waiting, and return: it would wait for itself.
   */
  resign(): Promise<void> {
    this.#candidacy.end('resigned');
    return this.#ended;
  }

  /** @internal Ends the term after the callback. Resolves once the leadership is given up. */
  finish(): Promise<void> {
    this.#candidacy.end('finished');
    return this.#giveUp();
  }

  /** Aborts the signal ahead of time when the lock is not extended. */
  #lookAhead(): void {
    // First: reading the clock may abort the signal.
    const leftMs = this.#lock.remainingMs - this.#settings.headStartMs;
    if (this.signal.aborted) return;
    if (leftMs > 0) this.#watch = setTimeout(() => this.#lookAhead(), Math.ceil(leftMs));
    else this.#candidacy.end('unconfirmed');
  }

  #startGrace(): void {
    clearTimeout(this.#watch);
    const {resignGraceMs} = this.#settings;
    if (resignGraceMs > LONGEST_TIMER_MS) return;
    this.#grace = setTimeout(() => void this.#giveUp(), resignGraceMs);
  }

  async #giveUp(): Promise<void> {
    clearTimeout(this.#grace);
    this.#lock.signal.removeEventListener('abort', this.#onLoss);
    await this.#lock.release();
    this.#end?.();
  }
}
