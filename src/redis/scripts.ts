import type {Ask} from './ask.js';
import {announcedKey, fenceKey, FORCED_CHANNELS, releaseChannel} from './hash-tag.js';

/** What a lease is called in Redis. Told anew each time, which takes less than it would to keep it for every lock. */
export class LeaseNames {
  constructor(
    readonly resources: readonly string[],
    /** What the keys of all locks begin with. */
    readonly prefix: string,
  ) {}

  /** The keys of its locks. */
  get locks(): readonly string[] {
    return this.resources.map((resource) => this.prefix + resource);
  }

  /** All keys, in the order in which the scripts want them: the locks first, then the fence counters. */
  get keys(): readonly string[] {
    const {locks} = this;
    return [...locks, ...locks.map(fenceKey)];
  }

  /** The channels on which its release is told, one per lock. */
  get channels(): readonly string[] {
    return this.locks.map((key) => releaseChannel(key));
  }
}

/** What one node says: yes or no, and what there is to say about it. */
export type Vote<Yes, No> =
  | {readonly vote: 'yes'; readonly value: Yes}
  | {readonly vote: 'no'; readonly value: No};

/** What every script is told: which lease it is about, and how long to wait for the answer. */
export interface Call {
  readonly names: LeaseNames;
  readonly token: string;
  /** How much longer the keys live than their owner may rely on them. */
  readonly lockDelayMs: number;
  readonly fenceTtlMs: number;
  readonly nodeTimeoutMs: number;
}

/** An acquisition that may be called off. */
export interface AcquireCall extends Call {
  /** True as soon as its release is sent: a script that a node turns out not to know must not follow after that. */
  isFreed: boolean;
  /** Where it stands in line for its lock, if it does. */
  readonly line?: PlaceInLine;
}

/** A place in the line that a node keeps for one lock. */
export interface PlaceInLine {
  /** The lock, its counter, the line and the living. */
  readonly keys: readonly string[];
  /** What stands there for the place. */
  readonly place: string;
}

/** Yes with the fences, or no with the time in ms until the others' keys end: `Infinity` when one has no end. */
export type AcquireVote = Vote<readonly number[], number>;

/** A yes or no that says it all. */
export type PlainVote = Vote<undefined, undefined>;

/** Yes with the number of clients that were listening for it. */
export type ReleaseVote = Vote<number, undefined>;

const YES: PlainVote = {vote: 'yes', value: undefined};
const NO: PlainVote = {vote: 'no', value: undefined};

/** Takes every lock for the token, or none. Granted again to its own token, so it may be sent twice. */
export const acquire = (call: AcquireCall, ttlMs: number): Ask<AcquireVote> => ({
  script: 'acquire',
  keys: call.names.keys,
  args: [String(ttlMs + call.lockDelayMs), String(call.fenceTtlMs), call.token],
  timeoutMs: call.nodeTimeoutMs,
  unless: call,
  read: toAcquireVote,
});

function toAcquireVote(reply: unknown): AcquireVote {
  const numbers = Array.isArray(reply) ? reply.map(Number) : [];
  const [status, waitMs] = numbers;
  if (status === 0 && waitMs !== undefined) {
    return {vote: 'no', value: waitMs < 0 ? Infinity : waitMs};
  }
  // Cut off, not gathered: that would leave room in it for more.
  const fences = numbers.slice(1);
  // A lock of ours beside a counter that got lost is no grant, and must be freed.
  const areFences = fences.every((fence) => Number.isSafeInteger(fence) && fence > 0);
  if (status === 1 && areFences) return {vote: 'yes', value: fences};
  throw new Error('the answer gives no usable fence');
}

/** Lifts the counters to the agreed fences. No when a lock is not ours, or a counter is already beyond. */
export const raise = (call: Call, fences: readonly number[]): Ask<PlainVote> => ({
  script: 'raise',
  keys: call.names.keys,
  args: [String(call.fenceTtlMs), call.token, ...fences.map(String)],
  timeoutMs: call.nodeTimeoutMs,
  read: toPlainVote,
});

/** Lets the locks be relied upon for at least `ttlMs` from now, and tells those who wait. No when one is not ours. */
export const extend = (call: Call, ttlMs: number, fences: readonly number[]): Ask<PlainVote> => ({
  script: 'extend',
  keys: call.names.keys,
  args: [
    String(ttlMs + call.lockDelayMs),
    String(call.fenceTtlMs),
    call.token,
    ...call.names.channels,
    ...fences.map(String),
  ],
  timeoutMs: call.nodeTimeoutMs,
  read: toPlainVote,
});

/** What a release says of who takes the locks in the same call. */
const NOBODY_NEXT = '0';
/** What it says of fences where there are none to lift counters to. */
const NOTHING_TO_LIFT = '0';

/**
 * The same release for one call with an acquisition behind it: where that takes all its locks, those who wait elsewhere are
 * told for how long, and need not ask. Should it be refused, they wait for that long at the most.
 */
export function handingOver<T>(asked: Ask<T>, taker: Ask<unknown>): Ask<T> {
  const perLock = asked.args[0] === NOTHING_TO_LIFT ? 1 : 2;
  const locks = asked.keys.length / perLock;
  const areTaken =
    taker.keys.length === 2 * locks &&
    taker.keys.every((key, index) => index >= locks || key === asked.keys[perLock * index]);
  const [ttl] = taker.args;
  return areTaken && ttl !== undefined ? {...asked, args: asked.args.with(1, ttl)} : asked;
}

/** Frees what is still ours, and tells those who wait: yes when that was every lock. `fences` lift counters that lag behind. */
export function release(call: AcquireCall, fences: readonly number[]): Ask<ReleaseVote> {
  if (call.line !== undefined) return pass(call, call.line);
  const {token, names, fenceTtlMs, nodeTimeoutMs: timeoutMs} = call;
  // Without fences the counters are not needed, nor named: it is the shorter message of the two by half.
  const isLifting = fences.length > 0;
  const keys: string[] = [];
  const args = [isLifting ? String(fenceTtlMs) : NOTHING_TO_LIFT, NOBODY_NEXT];
  for (const [index, lock] of names.locks.entries()) {
    keys.push(lock);
    args.push(token, releaseChannel(lock));
    if (!isLifting) continue;
    keys.push(fenceKey(lock));
    args.push(String(fences[index]));
  }
  return {script: 'release', keys, args, timeoutMs, read: toReleaseVote};
}

/** Lets what is still ours end after `leaveMs`, and tells those who wait: yes when that was every lock. */
export const leave = (
  call: Call,
  leaveMs: number,
  fences: readonly number[],
): Ask<ReleaseVote> => ({
  script: 'leave',
  keys: call.names.keys,
  args: [
    String(leaveMs),
    String(call.fenceTtlMs),
    call.token,
    ...call.names.channels,
    ...fences.map(String),
  ],
  timeoutMs: call.nodeTimeoutMs,
  read: toReleaseVote,
});

/** Gives up a place in line, and frees the lock if it is ours: it goes to the first in line. */
function pass(
  {token, names, fenceTtlMs, nodeTimeoutMs}: Call,
  line: PlaceInLine,
): Ask<ReleaseVote> {
  const args = [String(fenceTtlMs), token, ...names.channels, line.place];
  return {script: 'pass', keys: line.keys, args, timeoutMs: nodeTimeoutMs, read: toReleaseVote};
}

function toReleaseVote(reply: unknown): ReleaseVote {
  const locks: readonly unknown[] = Array.isArray(reply) ? reply : [reply];
  let listening = 0;
  for (const lock of locks) {
    const freed = Number(lock);
    if (!(freed >= 1)) return {vote: 'no', value: undefined};
    listening += freed - 1;
  }
  return {vote: 'yes', value: listening};
}

/** What a holder has to say beside its locks, and where. */
export interface Announcement {
  /** The keys of the locks. */
  readonly locks: readonly string[];
  readonly token: string;
  /** Undefined to take it back. */
  readonly value: string | undefined;
  readonly nodeTimeoutMs: number;
}

/** Puts a value beside the locks: no, with nothing changed, when one of them is not ours. Or takes away what is ours. */
export function announce({locks, token, value, nodeTimeoutMs}: Announcement): Ask<PlainVote> {
  const names = locks.map((key) => announcedKey(key));
  return {
    script: 'announce',
    keys: [...locks, ...names],
    args: [token, value ?? '', value === undefined ? '0' : '1', ...names],
    timeoutMs: nodeTimeoutMs,
    read: toPlainVote,
  };
}

/** Frees a lock whoever holds it, or only from one token, and tells the holder: yes when it was held so. */
export const forceRelease = (
  lock: string,
  token: string | undefined,
  timeoutMs: number,
): Ask<PlainVote> => ({
  script: 'forceRelease',
  keys: [lock],
  args: [token ?? '', releaseChannel(lock), FORCED_CHANNELS],
  timeoutMs,
  read: toPlainVote,
});

/** What one node has of a lock. */
export interface Sighting {
  /** The holder's; undefined when nobody holds it. */
  readonly token: string | undefined;
  /** Until the key ends by itself: `Infinity` when it does not, 0 when there is none. */
  readonly remainingMs: number;
  /** The number of who was counted last. */
  readonly fence: number | undefined;
  /** What the holder announces. */
  readonly value: string | undefined;
  /** How many clients hear of a release; undefined where that is not told. */
  readonly listening: number | undefined;
}

/** Looks at a lock. */
export const inspect = (lock: string, timeoutMs: number): Ask<Sighting> => ({
  script: 'inspect',
  keys: [lock, fenceKey(lock), announcedKey(lock)],
  args: [releaseChannel(lock)],
  timeoutMs,
  read: toSighting,
});

function toSighting(reply: unknown): Sighting {
  const [token, ttlMs, fence, value, listening] = Array.isArray(reply) ? reply : [];
  if (typeof ttlMs !== 'number') throw new Error('the answer does not tell of a lock');
  return {
    token: typeof token === 'string' ? token : undefined,
    remainingMs: ttlMs === -1 ? Infinity : Math.max(0, ttlMs),
    fence: typeof fence === 'string' && /^\d+$/.test(fence) ? Number(fence) : undefined,
    value: typeof value === 'string' ? value : undefined,
    listening: typeof listening === 'number' && listening >= 0 ? listening : undefined,
  };
}

const toPlainVote = (reply: unknown): PlainVote => (Number(reply) === 1 ? YES : NO);
