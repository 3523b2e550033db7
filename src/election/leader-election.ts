import {delay, isAbortError} from 'abort-controller-x';
import {randomBytes} from 'node:crypto';

import {typeError} from '../check.js';
import type {Locker} from '../index.js';
import {Candidacy} from './candidacy.js';
import {Health} from './health.js';
import {leaderOf, type Leader} from './leader.js';
import {
  checkName,
  resolveCampaign,
  resolveElection,
  type CampaignOptions,
  type ElectionSettings,
  type LeaderElectionOptions,
} from './options.js';
import {Term} from './term.js';

/** What an election needs of a locker. */
export type ElectionLocker = Pick<Locker, 'acquire' | 'inspect' | 'watch'>;

/** What is done while leading. */
export type Leading = (term: Term) => unknown;

/**
 * One candidate for the leadership of a name. Among all candidates for it at most one leads at a time, as far as a lock
 * can promise that: leadership is a lock on that name.
 */
export class LeaderElection {
  readonly #locker: ElectionLocker;
  readonly #settings: ElectionSettings;
  readonly #health: Health | undefined;
  #isCampaigning = false;

  /** What is led. */
  readonly name: string;
  /** What others know this candidate by; no other has the same. */
  readonly id: string;

  /**
   * @param name the resource to lock; a name that the locker does not take makes the campaign fail.
   * @throws {TypeError | RangeError} when an option is not what it should be, or two of them do not fit together.
   */
  constructor(locker: ElectionLocker, name: string, options: LeaderElectionOptions = {}) {
    checkName(name);
    this.#settings = resolveElection(options);
    this.#locker = locker;
    this.name = name;
    this.id = `${this.#settings.id}#${randomBytes(4).toString('hex')}`;
    const {isHealthy} = this.#settings;
    if (isHealthy !== undefined) this.#health = new Health({...this.#settings, isHealthy});
  }

  /**
   * Campaigns, and gives each term that is won. The body of `for await` is the callback: while it runs, the term lasts,
   * and when it is done, breaks or throws, the leadership is given up. After that the candidate pauses and campaigns
   * again. Nobody else of this election leads before the body has ended.
   *
   * The iteration ends when `signal` aborts. Trouble with Redis is waited out.
   *
   * @throws {QuorumError} when waiting is of no use (a key of another type, a missing permission).
   * @throws {LockerClosedError} when the locker is closed.
   * @throws {TypeError} when this candidate campaigns already.
   */
  terms(options: CampaignOptions = {}): AsyncGenerator<Term, undefined, undefined> {
    return this.#campaign(resolveCampaign(options));
  }

  /**
   * Campaigns, and runs `lead` in each term that is won. Resolves when `signal` aborts, after `lead` has returned.
   *
   * An error of `lead` ends the term and the campaign: it rejects with that error. One that only says that the term's
   * signal has aborted (its `reason`, or an `AbortError`) ends the term alone.
   *
   * @throws what {@link LeaderElection.terms} throws.
   */
  async run(lead: Leading, options: CampaignOptions = {}): Promise<void> {
    if (typeof lead !== 'function') throw typeError('lead', 'a function', lead);
    for await (const term of this.terms(options)) {
      try {
        await lead(term);
      } catch (error) {
        if (!isAbortOf(term.signal, error)) throw error;
      }
    }
  }

  /**
   * Asks who leads now, whether this process takes part or not.
   *
   * @returns the leader, or `undefined` when nobody leads.
   * @throws {QuorumError} when too few nodes answered to know. That never counts as "nobody".
   * @throws {LockerClosedError} when the locker is closed.
   */
  async leader(): Promise<Leader | undefined> {
    return leaderOf(await this.#locker.inspect(this.name));
  }

  /**
   * Gives the present leader, if there is one, then each new one, and a leader again when it has proclaimed something else.
   * While nobody leads, it gives nothing. Nobody has to take part for that.
   *
   * The iteration ends when `signal` aborts.
   *
   * @throws what {@link LeaderElection.leader} throws: who goes on after trouble with Redis observes anew.
   */
  observe(options: CampaignOptions = {}): AsyncGenerator<Leader, undefined, undefined> {
    return this.#observe(resolveCampaign(options));
  }

  async *#observe(signal: AbortSignal): AsyncGenerator<Leader, undefined, undefined> {
    try {
      for await (const info of this.#locker.watch(this.name, {signal})) {
        const leader = leaderOf(info);
        if (leader !== undefined) yield leader;
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    return undefined;
  }

  async *#campaign(campaign: AbortSignal): AsyncGenerator<Term, undefined, undefined> {
    if (this.#isCampaigning) {
      throw new TypeError('Expected one campaign at a time: another candidate is another election');
    }
    this.#isCampaigning = true;
    try {
      let pauseMs = 0;
      while (!campaign.aborted) {
        const term = await this.#win(campaign, pauseMs);
        pauseMs = 0;
        if (term === undefined) continue;
        try {
          if (!term.signal.aborted) yield term;
        } finally {
          await term.finish();
        }
        pauseMs = this.#settings.pauseMs;
      }
      return undefined;
    } finally {
      this.#isCampaigning = false;
    }
  }

  /** Pauses, and waits for the leadership. Resolves to nothing when that was ended before. */
  async #win(campaign: AbortSignal, pauseMs: number): Promise<Term | undefined> {
    const candidacy = new Candidacy(this.name, campaign);
    const {signal} = candidacy;
    try {
      if (pauseMs > 0) await delay(signal, pauseMs);
      await this.#health?.untilGood(signal);
      void this.#resignWhenBad(candidacy);
      const {ttlMs, keepAlive} = this.#settings;
      const lock = await this.#locker.acquire(this.name, {
        ttlMs,
        keepAlive,
        maxHoldMs: Infinity,
        timeoutMs: Infinity,
        label: this.id,
        signal,
      });
      return new Term(lock, candidacy, {...this.#settings, id: this.id});
    } catch (error) {
      if (signal.aborted) return undefined;
      candidacy.end('finished');
      throw error;
    }
  }

  async #resignWhenBad(candidacy: Candidacy): Promise<void> {
    if (this.#health === undefined) return;
    try {
      candidacy.end('unhealthy', await this.#health.untilBad(candidacy.signal));
    } catch {
      // It ended for another reason.
    }
  }
}

/** Whether an error only says that the signal has aborted. */
function isAbortOf({aborted, reason}: AbortSignal, error: unknown): boolean {
  if (!aborted) return false;
  return (
    error === reason || isAbortError(error) || (error instanceof Error && error.cause === reason)
  );
}
