import {NodeError} from '../errors.js';
import {fenceKey, releaseChannel} from './hash-tag.js';
import type {Node} from './node.js';

/** What a lease is called in Redis. */
export interface LeaseNames {
  /** The keys, in the order in which the scripts want them: the locks first, then the fence counters. */
  readonly keys: readonly string[];
  /** The channels on which its release is told, one per lock. */
  readonly channels: readonly string[];
}

/** The names of a lease on some lock keys. */
export const leaseNames = (lockKeys: readonly string[]): LeaseNames => ({
  keys: [...lockKeys, ...lockKeys.map((key) => fenceKey(key))],
  channels: lockKeys.map((key) => releaseChannel(key)),
});

/** What one node says: yes or no, and what there is to say about it. */
export type Vote<Yes, No> =
  | {readonly vote: 'yes'; readonly value: Yes}
  | {readonly vote: 'no'; readonly value: No};

/** What every script is told: which lease it is about, and how long to wait for the answer. */
export interface Call {
  readonly names: LeaseNames;
  readonly token: string;
  readonly fenceTtlMs: number;
  readonly nodeTimeoutMs: number;
}

/** An acquisition that may be called off. */
export interface AcquireCall extends Call {
  /** True as soon as its release is sent: a script that a node turns out not to know must not follow after that. */
  isFreed: boolean;
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
export function acquire(node: Node, call: AcquireCall, ttlMs: number): Promise<AcquireVote> {
  const args = [call.token, String(ttlMs), String(call.fenceTtlMs)];
  return node
    .run('acquire', call.names.keys, args, call.nodeTimeoutMs, () => !call.isFreed)
    .then((reply) => toAcquireVote(node, reply));
}

function toAcquireVote(node: Node, reply: unknown): AcquireVote {
  const [status, ...rest] = Array.isArray(reply) ? reply.map(Number) : [];
  const [waitMs] = rest;
  if (status === 0 && waitMs !== undefined) {
    return {vote: 'no', value: waitMs < 0 ? Infinity : waitMs};
  }
  // A lock of ours beside a counter that got lost is no grant, and must be freed.
  const areFences = rest.every((fence) => Number.isSafeInteger(fence) && fence > 0);
  if (status === 1 && areFences) return {vote: 'yes', value: rest};
  throw new NodeError(node.index, new Error('the answer gives no usable fence'));
}

/** Lifts the counters to the agreed fences. No when a lock is not ours, or a counter is already beyond. */
export function raise(node: Node, call: Call, fences: readonly number[]): Promise<PlainVote> {
  const args = [call.token, String(call.fenceTtlMs), ...fences.map(String)];
  return node.run('raise', call.names.keys, args, call.nodeTimeoutMs).then(toPlainVote);
}

/** Lets the locks live at least `ttlMs` from now. No, with nothing changed, when one of them is not ours. */
export function extend(
  node: Node,
  call: Call,
  ttlMs: number,
  fences: readonly number[],
): Promise<PlainVote> {
  const args = [call.token, String(ttlMs), String(call.fenceTtlMs), ...fences.map(String)];
  return node.run('extend', call.names.keys, args, call.nodeTimeoutMs).then(toPlainVote);
}

/** Frees what is still ours, and tells those who wait: yes when that was every lock. `fences` lift counters that lag behind. */
export function release(node: Node, call: Call, fences: readonly number[]): Promise<ReleaseVote> {
  const args = [call.token, String(call.fenceTtlMs), ...call.names.channels, ...fences.map(String)];
  return node.run('release', call.names.keys, args, call.nodeTimeoutMs).then(toReleaseVote);
}

function toReleaseVote(reply: unknown): ReleaseVote {
  const freed = Number(reply);
  return freed >= 1 ? {vote: 'yes', value: freed - 1} : {vote: 'no', value: undefined};
}

const toPlainVote = (reply: unknown): PlainVote => (Number(reply) === 1 ? YES : NO);
