import {hostname} from 'node:os';

import {checkOptions, checkWhole, rangeError, typeError} from '../check.js';
import type {HealthCheck} from './health.js';
import {LONGEST_TIMER_MS} from '../longest-timer-ms.js';

/** How a candidate campaigns and leads. All times are whole milliseconds. */
export interface LeaderElectionOptions {
  /**
   * What others know the leader by, at most 100 bytes. A few random letters are added, because a candidate that
   * comes back under the same name is another candidate.
   *
   * @defaultValue the host and the number of the process
   */
  readonly id?: string | undefined;

  /** How long leadership outlives a leader that died. @defaultValue 10_000 */
  readonly ttlMs?: number | undefined;

  /**
   * How leadership is kept: with `"worker"` also while the event loop stands still, as `keepAlive` of the locker has it.
   *
   * @defaultValue true
   */
  readonly keepAlive?: true | 'worker' | undefined;

  /**
   * When Redis falls silent, the term's signal aborts so long before leadership can end, and the callback has that long
   * to return before anyone else can lead. At most half of `ttlMs`.
   *
   * @defaultValue a quarter of `ttlMs`
   */
  readonly headStartMs?: number | undefined;

  /**
   * How long the callback may go on after its signal has aborted before leadership is given up without it. May be
   * `Infinity`; then a callback that never returns leads for ever.
   *
   * @defaultValue 30_000
   */
  readonly resignGraceMs?: number | undefined;

  /**
   * How long a candidate waits after a term of its own before it campaigns again, so that others have their turn.
   *
   * @defaultValue a tenth of `ttlMs`
   */
  readonly pauseMs?: number | undefined;

  /**
   * Whether this process is fit to lead. A leader that is not resigns, and a candidate that is not does not campaign. An
   * error counts as no, and so does an answer that does not come within `healthTimeoutMs`.
   *
   * @defaultValue always
   */
  readonly isHealthy?: HealthCheck | undefined;

  /** How long after one answer `isHealthy` is called again. @defaultValue half of `ttlMs` */
  readonly healthEveryMs?: number | undefined;

  /** How long `isHealthy` may take; at most `healthEveryMs`. @defaultValue `healthEveryMs` */
  readonly healthTimeoutMs?: number | undefined;
}

/** How long one campaigns, or observes. */
export interface CampaignOptions {
  /** Ends the campaign, and the term that there may be; or the observation. @defaultValue it has no end */
  readonly signal?: AbortSignal | undefined;
}

/** The options of an election, checked, with nothing left out. */
export interface ElectionSettings {
  readonly id: string;
  readonly ttlMs: number;
  readonly keepAlive: true | 'worker';
  readonly headStartMs: number;
  readonly resignGraceMs: number;
  readonly pauseMs: number;
  readonly isHealthy: HealthCheck | undefined;
  readonly healthEveryMs: number;
  readonly healthTimeoutMs: number;
}

const MS = ' of milliseconds';
const LONGEST_ID = 100;

const HEALTH = ['healthEveryMs', 'healthTimeoutMs'] as const;
const ALL = [
  'id',
  'ttlMs',
  'keepAlive',
  'headStartMs',
  'resignGraceMs',
  'pauseMs',
  'isHealthy',
  ...HEALTH,
];

/** Checks the options of an election and fills in the defaults. @throws {TypeError | RangeError} */
export function resolveElection(options: LeaderElectionOptions): ElectionSettings {
  checkOptions(options, ALL);
  const {id = `${hostname()}:${process.pid}`.slice(0, LONGEST_ID), ttlMs = 10_000} = options;
  checkId(id);
  checkWhole('ttlMs', ttlMs, 1, MS, LONGEST_TIMER_MS);
  const {
    keepAlive = true,
    headStartMs = Math.floor(ttlMs / 4),
    resignGraceMs = 30_000,
    pauseMs = Math.ceil(ttlMs / 10),
    isHealthy,
    healthEveryMs = Math.ceil(ttlMs / 2),
    healthTimeoutMs = healthEveryMs,
  } = options;
  checkWhole('headStartMs', headStartMs, 0, MS, LONGEST_TIMER_MS);
  checkWhole('resignGraceMs', resignGraceMs, 0, MS, Infinity);
  checkWhole('pauseMs', pauseMs, 0, MS, LONGEST_TIMER_MS);
  checkWhole('healthEveryMs', healthEveryMs, 1, MS, LONGEST_TIMER_MS);
  checkWhole('healthTimeoutMs', healthTimeoutMs, 1, MS, LONGEST_TIMER_MS);
  if (keepAlive !== true && keepAlive !== 'worker') {
    throw typeError('keepAlive', 'true or "worker"', keepAlive);
  }
  checkHealth(options);
  const settings = {
    id,
    ttlMs,
    keepAlive,
    headStartMs,
    resignGraceMs,
    pauseMs,
    healthEveryMs,
    healthTimeoutMs,
  };
  checkRelations(settings);
  return {...settings, isHealthy};
}

/** Checks how long one campaigns, or observes. @throws {TypeError} */
export function resolveCampaign(options: CampaignOptions): AbortSignal {
  checkOptions(options, ['signal']);
  const {signal = new AbortController().signal} = options;
  if (!(signal instanceof AbortSignal)) throw typeError('signal', 'an AbortSignal', signal);
  return signal;
}

/** Checks the name of an election. What else it must be, the locker knows. @throws {TypeError | RangeError} */
export function checkName(name: unknown): asserts name is string {
  if (typeof name !== 'string') throw typeError('name', 'a text', name);
  if (name === '') throw rangeError('name', 'a text', name);
}

function checkId(id: unknown): void {
  const expected = `a text of 1 to ${LONGEST_ID} bytes`;
  if (typeof id !== 'string') throw typeError('id', expected, id);
  if (id === '' || Buffer.byteLength(id) > LONGEST_ID) throw rangeError('id', expected, id);
}

function checkHealth({isHealthy, ...others}: LeaderElectionOptions): void {
  if (isHealthy === undefined) {
    const idle = HEALTH.find((name) => others[name] !== undefined);
    if (idle !== undefined) throw new TypeError(`Expected \`${idle}\` to come with \`isHealthy\``);
  } else if (typeof isHealthy !== 'function') {
    throw typeError('isHealthy', 'a function', isHealthy);
  }
}

function checkRelations(settings: Omit<ElectionSettings, 'isHealthy'>): void {
  const {ttlMs, headStartMs, healthEveryMs, healthTimeoutMs} = settings;
  if (headStartMs > ttlMs / 2) {
    const expected = `at most half of \`ttlMs\` (${ttlMs}), so that a heartbeat that fails leaves time for another`;
    throw rangeError('headStartMs', expected, headStartMs);
  }
  if (healthTimeoutMs > healthEveryMs) {
    const expected = `at most \`healthEveryMs\` (${healthEveryMs}), so that an answer is there before the next is due`;
    throw rangeError('healthTimeoutMs', expected, healthTimeoutMs);
  }
}
