import type {Node} from './node.js';
import * as generated from './scripts.generated.js';

/** The keys of a lease, in the order in which its scripts want them: the locks first, then the fence counters. */
export type LeaseKeys = readonly string[];

/** What one node says to an acquisition. */
export type AcquireReply =
  | {readonly granted: true; readonly fences: readonly number[]}
  /** `waitMs` until the keys of others end; `Infinity` when one of them has no time to live. */
  | {readonly granted: false; readonly waitMs: number};

/** What every script is told: which lease it is about, and how long to wait for the answer. */
export interface Call {
  readonly keys: LeaseKeys;
  readonly token: string;
  readonly fenceTtlMs: number;
  readonly nodeTimeoutMs: number;
}

/** Takes every lock for the token, or none. Granted again to its own token, so it may be sent twice. */
export async function acquire(node: Node, call: Call, ttlMs: number): Promise<AcquireReply> {
  const args = [call.token, String(ttlMs), String(call.fenceTtlMs)];
  const reply = await node.run(generated.acquire, call.keys, args, call.nodeTimeoutMs);
  const [status, ...rest] = Array.isArray(reply) ? reply.map(Number) : [0];
  if (status === 1) return {granted: true, fences: rest};
  const [waitMs = 0] = rest;
  return {granted: false, waitMs: waitMs < 0 ? Infinity : waitMs};
}

/** Lifts the counters to the agreed fences. False when a lock is not ours, or a counter is already beyond. */
export async function raise(node: Node, call: Call, fences: readonly number[]): Promise<boolean> {
  const args = [call.token, String(call.fenceTtlMs), ...fences.map(String)];
  return Number(await node.run(generated.raise, call.keys, args, call.nodeTimeoutMs)) === 1;
}

/** Lets the locks live at least `ttlMs` from now. False, with nothing changed, when one of them is not ours. */
export async function extend(
  node: Node,
  call: Call,
  ttlMs: number,
  fences: readonly number[],
): Promise<boolean> {
  const args = [call.token, String(ttlMs), String(call.fenceTtlMs), ...fences.map(String)];
  return Number(await node.run(generated.extend, call.keys, args, call.nodeTimeoutMs)) === 1;
}

/** Frees what is still ours. `fences` are those of an acquisition that won, else none. Resolves to how many were freed. */
export async function release(node: Node, call: Call, fences: readonly number[]): Promise<number> {
  const args = [call.token, String(call.fenceTtlMs), ...fences.map(String)];
  return Number(await node.run(generated.release, call.keys, args, call.nodeTimeoutMs));
}
