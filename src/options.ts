import {checkOptions, checkWhole, rangeError, typeError} from './check.js';
import type {Clocks} from './lease/clock.js';
import {hashTagOf, isPlaceable} from './redis/hash-tag.js';
import {defaultNodeTimeoutMs, isKeepable, majority} from './lease/validity.js';
import {LONGEST_TIMER_MS} from './longest-timer-ms.js';

/** A name to lock, or several to lock together: all or none. */
export type Resource = string | readonly string[];

/** How a lock is held. */
export interface HoldOptions {
  /**
   * How long the lock outlives a holder that died, in whole milliseconds. It is extended each third of that time while
   * it is held. From about 200 to 2^31 - 1, or more where `nodeTimeoutMs` is set: a heartbeat that fails must leave time for another.
   *
   * @defaultValue 10_000
   */
  readonly ttlMs?: number | undefined;

  /**
   * Whether the lock is extended by itself until it is released. Without that it is over after about `ttlMs`, unless
   * {@link Lock.extend} is called. With `"worker"` a thread with connections of its own extends it, also while the event
   * loop of this one stands still, for up to `stallMs`; that needs clients of ioredis.
   *
   * @defaultValue true
   */
  readonly keepAlive?: boolean | 'worker' | undefined;

  /**
   * After this many milliseconds the lock counts as lost even if it could be extended, so that a holder that hangs does
   * not hold it for ever. Redis forgets it within another `ttlMs`, or at the release.
   *
   * @defaultValue Infinity
   */
  readonly maxHoldMs?: number | undefined;

  /**
   * For how many milliseconds more a lock stays closed to others that *ended by itself*, because its holder died or
   * could not extend it. One that is released is free at once. It gives late writes of that holder time to arrive, at a
   * resource that cannot check a fence. From 0; together with `ttlMs` at most 2^31 - 1.
   *
   * @defaultValue 0
   */
  readonly lockDelayMs?: number | undefined;

  /**
   * What the holder is called where it is asked who holds the lock: 1 to 128 characters. It stands in Redis, as the host
   * and the process number do.
   *
   * @defaultValue none
   */
  readonly label?: string | undefined;
}

/** How one lock is obtained and held. What is left out is as the locker has it. */
export interface AcquireOptions extends HoldOptions {
  /**
   * For how long nobody else gets the lock, in whole milliseconds from 0 to 2^31 - 1, counted from when it was obtained.
   * A release before that ends the lock for its holder at once, and leaves it in Redis for the rest of the time,
   * however the work ended and even if the process does. A holder that dies without a release does not: its lock ends
   * after `ttlMs`.
   *
   * @defaultValue 0
   */
  readonly holdAtLeastMs?: number | undefined;

  /**
   * How long to wait for the lock, in whole milliseconds from 1, or `Infinity`.
   *
   * @defaultValue 10_000
   */
  readonly timeoutMs?: number | undefined;

  /** Stops waiting when it aborts: the promise rejects with `signal.reason`, and no key stays behind. */
  readonly signal?: AbortSignal | undefined;
}

/** How one attempt is made, and the lock held that it may give. */
export type TryAcquireOptions = Omit<AcquireOptions, 'timeoutMs'>;

/** How a lock is watched. */
export interface WatchOptions {
  /** Ends it when it aborts: the iteration throws `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
}

/** How a lock is freed by force. */
export interface ForceReleaseOptions {
  /**
   * The holder that it is taken from, as {@link LockInfo} names it; another one is left alone.
   *
   * @defaultValue whoever holds it
   */
  readonly token?: string | undefined;
}

/** Which locks are listed. */
export interface ListOptions {
  /** What their names begin with. Needed where the locker's `keyPrefix` is empty. @defaultValue "" */
  readonly prefix?: string | undefined;

  /** Ends it when it aborts: the iteration throws `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
}

/** How a locker works, and what its locks are like unless a call says otherwise. */
export interface LockerOptions extends Omit<AcquireOptions, 'signal' | 'holdAtLeastMs'> {
  /**
   * How many nodes must agree. May be more than the majority, which survives nodes that forget, never less.
   *
   * @defaultValue the majority: `Math.floor(nodes / 2) + 1`
   */
  readonly quorum?: number | undefined;

  /**
   * What stands before the resource in the lock's key. Clients that use the same keys in the usual way (`SET NX PX` of a
   * random string, compare and delete) exclude, and are excluded by, this locker.
   *
   * @defaultValue "lock:"
   */
  readonly keyPrefix?: string | undefined;

  /**
   * How long one node may be silent, in whole milliseconds from 1 to 60 000, before it counts as down for this vote.
   *
   * The default is doubled for an acquisition each time that too few nodes have answered it, up to a quarter of the ttl and
   * at most 2000, and is that much until a quorum has answered for the first time, while connections are made. What is set
   * here stays as it is.
   *
   * @defaultValue `ttlMs / 20`, at least 50 and at most 1000
   */
  readonly nodeTimeoutMs?: number | undefined;

  /**
   * Whether the token in Redis says who holds the lock: host, process number, label, and since when. Whoever may read
   * the locks can read that.
   *
   * @defaultValue true
   */
  readonly metadata?: boolean | undefined;

  /**
   * For how many milliseconds the event loop may stand still before a lock with `keepAlive: "worker"` is not extended any
   * more, so that a main thread that never comes back loses its locks. From 100 to 2^31 - 1.
   *
   * @defaultValue 30_000
   */
  readonly stallMs?: number | undefined;

  /**
   * Whether those who wait have the lock in the order in which they came, across all processes whose lockers are fair.
   * Redis keeps the line, so it takes one node: a server, a Sentinel group or a Cluster. One resource at a time.
   *
   * @defaultValue false
   */
  readonly fair?: boolean | undefined;

  /** The clocks to measure time with, for tests. @defaultValue those of the machine */
  readonly clocks?: Clocks | undefined;

  /** A number from 0 up to 1, which parts those who would act together. @defaultValue Math.random */
  readonly random?: (() => number) | undefined;
}

/** The options of a locker, checked, with nothing left out. */
export interface LockerSettings {
  readonly ttlMs: number;
  readonly keepAlive: boolean | 'worker';
  readonly maxHoldMs: number;
  readonly lockDelayMs: number;
  readonly label: string | undefined;
  readonly timeoutMs: number;
  readonly quorum: number;
  readonly keyPrefix: string;
  readonly nodeTimeoutMs: number | undefined;
  readonly stallMs: number;
  readonly metadata: boolean;
  readonly isFair: boolean;
  readonly clocks: Clocks | undefined;
  readonly random: () => number;
  /** Whether the keys of one lock must share a hash slot. */
  readonly isCluster: boolean;
}

/** One call for a lock, checked, with nothing left out. */
export interface Request {
  readonly resources: readonly string[];
  readonly ttlMs: number;
  readonly keepAlive: boolean | 'worker';
  readonly maxHoldMs: number;
  readonly lockDelayMs: number;
  readonly label: string | undefined;
  readonly holdAtLeastMs: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

const HOLD = ['ttlMs', 'keepAlive', 'maxHoldMs', 'lockDelayMs', 'label'];
const TRY = [...HOLD, 'holdAtLeastMs', 'signal'];
/** The names of the options of one lock. */
export const ACQUIRE: readonly string[] = [...TRY, 'timeoutMs'];
const LOCKER = [
  ...HOLD,
  'timeoutMs',
  'quorum',
  'keyPrefix',
  'nodeTimeoutMs',
  'stallMs',
  'metadata',
  'fair',
  'clocks',
  'random',
];

/** What the options of a locker depend on. */
export interface Topology {
  readonly nodes: number;
  readonly isCluster: boolean;
}

/** Checks the options of a locker and fills in the defaults. @throws {TypeError | RangeError} */
export function resolveLocker(
  options: LockerOptions,
  {nodes, isCluster}: Topology,
): LockerSettings {
  checkOptions(options, LOCKER);
  const {
    ttlMs = 10_000,
    keepAlive = true,
    maxHoldMs = Infinity,
    lockDelayMs = 0,
    label,
    timeoutMs = 10_000,
    quorum = majority(nodes),
    keyPrefix = 'lock:',
    nodeTimeoutMs,
    stallMs = 30_000,
    metadata = true,
    fair = false,
    clocks,
    random = Math.random,
  } = options;
  if (nodeTimeoutMs !== undefined)
    checkWhole('nodeTimeoutMs', nodeTimeoutMs, 1, MS, LONGEST_NODE_TIMEOUT_MS);
  if (typeof keyPrefix !== 'string') throw typeError('keyPrefix', 'a string', keyPrefix);
  checkFair(fair, nodes);
  if (typeof metadata !== 'boolean') throw typeError('metadata', 'true or false', metadata);
  checkLabel(label);
  if (typeof random !== 'function') throw typeError('random', 'a function', random);
  checkWhole('stallMs', stallMs, 100, MS, LONGEST_TIMER_MS);
  checkClocks(clocks);
  checkQuorum(quorum, nodes);
  const hold = {ttlMs, keepAlive, maxHoldMs, lockDelayMs, timeoutMs};
  checkTimes(hold, nodeTimeoutMs);
  return {
    ...hold,
    label,
    quorum,
    keyPrefix,
    nodeTimeoutMs,
    stallMs,
    metadata,
    isFair: fair,
    clocks,
    random,
    isCluster,
  };
}

/** Checks one call for a lock. @throws {TypeError | RangeError} */
export function resolveAcquire(
  resource: Resource,
  options: AcquireOptions,
  settings: LockerSettings,
): Request {
  checkOptions(options, ACQUIRE);
  return resolveRequest(resource, options, settings);
}

/** Checks one call for a single attempt. @throws {TypeError | RangeError} */
export function resolveTryAcquire(
  resource: Resource,
  options: TryAcquireOptions,
  settings: LockerSettings,
): Request {
  checkOptions(options, TRY);
  return resolveRequest(resource, options, settings);
}

/** Checks a time to live. @throws {TypeError | RangeError} when it is no time that a lock can be kept for. */
export function checkTtl(
  ttlMs: unknown,
  nodeTimeoutMs: number | undefined,
): asserts ttlMs is number {
  checkWhole('ttlMs', ttlMs, 1, MS, LONGEST_TIMER_MS);
  const isFine = (ms: number): boolean => isKeepable(ms, nodeTimeoutMs ?? defaultNodeTimeoutMs(ms));
  if (isFine(ttlMs)) return;
  let least = ttlMs;
  while (!isFine(least)) least += 1;
  throw rangeError('ttlMs', `a whole number${MS} from ${least}, which heartbeats can keep`, ttlMs);
}

/** Checks what is to be announced. @throws {TypeError | RangeError} */
export function checkAnnouncement(value: unknown): asserts value is string {
  const expected = `a text of at most ${MOST_ANNOUNCED_BYTES} bytes`;
  if (typeof value !== 'string') throw typeError('value', expected, value);
  if (Buffer.byteLength(value) > MOST_ANNOUNCED_BYTES) throw rangeError('value', expected, value);
}

/** Checks the name of one lock to look at. @throws {TypeError | RangeError} */
export function checkResource(resource: unknown, settings: LockerSettings): void {
  if (typeof resource !== 'string') throw typeError('resource', 'a name', resource);
  checkResources([resource], settings);
}

/** Checks how a lock is watched. @throws {TypeError | RangeError} */
export function checkWatch(options: WatchOptions): void {
  checkOptions(options, ['signal']);
  checkSignal(options.signal);
}

/** Checks how a lock is freed by force. @throws {TypeError | RangeError} */
export function checkForceRelease(options: ForceReleaseOptions): void {
  checkOptions(options, ['token']);
  const {token} = options;
  if (token === undefined) return;
  if (typeof token !== 'string') throw typeError('token', 'a token', token);
  if (token === '') throw rangeError('token', 'a token', token);
}

/** Checks which locks are listed. @throws {TypeError | RangeError} */
export function checkList(options: ListOptions, {keyPrefix}: LockerSettings): void {
  checkOptions(options, ['prefix', 'signal']);
  const {prefix = '', signal} = options;
  if (typeof prefix !== 'string') throw typeError('prefix', 'a text', prefix);
  // Every text in Redis would be taken for a lock.
  if (keyPrefix + prefix === '') {
    throw rangeError('prefix', 'a text, where the locker has no `keyPrefix`,', prefix);
  }
  checkSignal(signal);
}

const EXPECTED_NAME =
  'a name with "}" only in a hash tag, and then not ":fence", ":announced" or ":waiting-line" at its end';

const MS = ' of milliseconds';

const LONGEST_NODE_TIMEOUT_MS = 60_000;
const LONGEST_LABEL = 128;
const MOST_ANNOUNCED_BYTES = 1024;

function resolveRequest(
  resource: Resource,
  options: AcquireOptions,
  settings: LockerSettings,
): Request {
  const {
    ttlMs = settings.ttlMs,
    keepAlive = settings.keepAlive,
    maxHoldMs = settings.maxHoldMs,
    lockDelayMs = settings.lockDelayMs,
    label = settings.label,
    holdAtLeastMs = 0,
    timeoutMs = settings.timeoutMs,
    signal,
  } = options;
  const resources = typeof resource === 'string' ? [resource] : resource;
  checkResources(resources, settings);
  const request = {
    resources: resources === resource ? [...resources] : resources,
    ttlMs,
    keepAlive,
    maxHoldMs,
    lockDelayMs,
    label,
    holdAtLeastMs,
    timeoutMs,
    signal,
  };
  checkTimes(request, settings.nodeTimeoutMs);
  checkWhole('holdAtLeastMs', holdAtLeastMs, 0, MS, LONGEST_TIMER_MS);
  checkLabel(label);
  checkSignal(signal);
  return request;
}

function checkTimes(
  times: Readonly<
    Record<'ttlMs' | 'keepAlive' | 'maxHoldMs' | 'lockDelayMs' | 'timeoutMs', unknown>
  >,
  nodeTimeoutMs: number | undefined,
): void {
  const {ttlMs} = times;
  checkTtl(ttlMs, nodeTimeoutMs);
  if (typeof times.keepAlive !== 'boolean' && times.keepAlive !== 'worker') {
    throw typeError('keepAlive', 'true, false or "worker"', times.keepAlive);
  }
  checkWhole('maxHoldMs', times.maxHoldMs, 1, MS, Infinity);
  checkWhole('lockDelayMs', times.lockDelayMs, 0, MS, LONGEST_TIMER_MS - ttlMs);
  checkWhole('timeoutMs', times.timeoutMs, 1, MS, Infinity);
}

function checkLabel(label: unknown): void {
  const expected = `a text of 1 to ${LONGEST_LABEL} characters`;
  if (label === undefined) return;
  if (typeof label !== 'string') throw typeError('label', expected, label);
  if (label === '' || label.length > LONGEST_LABEL) throw rangeError('label', expected, label);
}

function checkSignal(signal: unknown): void {
  if (signal === undefined || signal instanceof AbortSignal) return;
  throw typeError('signal', 'an AbortSignal', signal);
}

function checkClocks(clocks: Partial<Clocks> | null | undefined): void {
  if (clocks === undefined) return;
  const isFine = [clocks?.monotonic, clocks?.wall].every((clock) => typeof clock === 'function');
  if (!isFine) throw typeError('clocks', 'an object with `monotonic` and `wall`', clocks);
}

function checkFair(fair: unknown, nodes: number): void {
  if (typeof fair !== 'boolean') throw typeError('fair', 'true or false', fair);
  if (!fair || nodes === 1) return;
  throw new RangeError(
    'Expected `fair` to be false with several nodes, which see callers in different orders: only one node can keep a line',
  );
}

function checkQuorum(quorum: unknown, nodes: number): void {
  const least = majority(nodes);
  const expected = `a whole number from ${least}, the majority of ${nodes}, to ${nodes}`;
  if (typeof quorum !== 'number') throw typeError('quorum', expected, quorum);
  if (!Number.isSafeInteger(quorum) || quorum < least || quorum > nodes) {
    throw rangeError('quorum', expected, quorum);
  }
}

function checkResources(resources: unknown, {keyPrefix, isCluster, isFair}: LockerSettings): void {
  const expected = 'a name, or a list of different names';
  if (!Array.isArray(resources)) throw typeError('resource', expected, resources);
  if (resources.length === 0) throw rangeError('resource', expected, resources);
  for (const resource of resources) {
    if (typeof resource !== 'string') throw typeError('resource', expected, resource);
    if (resource === '') throw rangeError('resource', expected, resource);
    if (!isPlaceable(keyPrefix + resource)) {
      throw rangeError('resource', EXPECTED_NAME, resource);
    }
  }
  if (resources.length === 1) return;
  if (isFair) {
    throw new RangeError(
      'Expected `resource` to be one name with a fair locker: who waited in several lines would hold them all up',
    );
  }
  if (new Set(resources).size < resources.length) {
    throw new RangeError(`Expected \`resource\` to be ${expected}, got one name twice`);
  }
  const tags = new Set(resources.map((resource: string) => hashTagOf(keyPrefix + resource)));
  if (isCluster && tags.size > 1) {
    throw new RangeError('Expected `resource` to be names with one hash tag ("{…}") on a Cluster');
  }
}
