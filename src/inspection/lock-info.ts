import {NodeError, QuorumError} from '../errors.js';
import {readToken, type Holder} from '../lease/token.js';
import {quorumTime} from '../lease/validity.js';
import type {Sighting} from '../redis/scripts.js';

/** What the nodes know of a lock. */
export interface LockInfo {
  readonly resource: string;
  /** Whether a quorum of nodes has the same holder. */
  readonly isHeld: boolean;
  /** Who holds it, as the holder says itself; absent when it does not say, or comes from another library. */
  readonly holder?: Holder;
  /** The string under which Redis knows the holder. */
  readonly token?: string;
  /** The holder's fence; absent for those of other libraries, who are not counted. */
  readonly fence?: number;
  /** For how many milliseconds a quorum keeps it if nobody extends it: `Infinity` without an end, 0 when it is free. */
  readonly remainingMs: number;
  /**
   * How many lockers listen for its release, because they wait for it, watch it or did so a second ago. However many
   * tasks of one locker wait, it counts once. Absent where Redis does not tell.
   */
  readonly waiters?: number;
  /** What the holder has announced. */
  readonly value?: string;
  /** What each node says, in the order of the nodes. */
  readonly nodes: readonly NodeInfo[];
}

/** What one node knows of a lock. */
export interface NodeInfo {
  /** Its place in the list that the locker was given, from 0. */
  readonly node: number;
  /** The holder's; absent when nobody holds it there. */
  readonly token?: string;
  readonly holder?: Holder;
  /** The number of who was counted last there, whether that is the holder or not. */
  readonly fence?: number;
  readonly remainingMs: number;
  readonly value?: string;
  /** Why it did not say anything. */
  readonly error?: NodeError;
}

/** What each node answered, in the order of the nodes. */
export type Answers = readonly (Sighting | NodeError)[];

/**
 * What a quorum says of a lock.
 *
 * @throws {QuorumError} when nodes that are silent could turn that into something else. Unknown is not free.
 */
export function lockInfo(resource: string, answers: Answers, quorum: number): LockInfo {
  const errors = answers.filter((answer) => answer instanceof NodeError);
  const sightings = answers.filter(isSighting);
  const [token, votes] = mostCommon(sightings.map((each) => each.token));
  const isHeld = votes >= quorum;
  const couldBeHeld = votes + errors.length >= quorum;
  if (sightings.length < quorum || (!isHeld && couldBeHeld)) {
    throw new QuorumError([resource], 'No quorum to say who holds the lock', errors);
  }
  const nodes = answers.map((answer, node) => nodeInfo(answer, node));
  const heard = sightings.flatMap(({listening}) => listening ?? []);
  const known = {resource, nodes, ...(heard.length > 0 && {waiters: Math.max(...heard)})};
  if (!isHeld || token === undefined) return {...known, isHeld: false, remainingMs: 0};
  return {...known, ...holding(token, sightings, quorum)};
}

function holding(
  token: string,
  sightings: readonly Sighting[],
  quorum: number,
): Omit<LockInfo, 'resource' | 'nodes'> {
  const its = sightings.filter((each) => each.token === token);
  const ours = readToken(token);
  // A quorum stands exactly at the fence of its holder; the others may stand anywhere.
  const fence = quorumTime(
    its.map((each) => each.fence ?? 0),
    quorum,
  );
  const [value] = mostCommon(its.map((each) => each.value));
  return {
    isHeld: true,
    token,
    remainingMs: quorumTime(
      its.map(({remainingMs}) => remainingMs),
      quorum,
    ),
    ...(ours?.holder !== undefined && {holder: ours.holder}),
    ...(ours !== undefined && fence > 0 && {fence}),
    ...(value !== undefined && {value}),
  };
}

function nodeInfo(answer: Sighting | NodeError, node: number): NodeInfo {
  if (answer instanceof NodeError) return {node, remainingMs: 0, error: answer};
  const {token, remainingMs, fence, value} = answer;
  const holder = token === undefined ? undefined : readToken(token)?.holder;
  return {
    node,
    remainingMs,
    ...(token !== undefined && {token}),
    ...(holder !== undefined && {holder}),
    ...(fence !== undefined && {fence}),
    ...(value !== undefined && {value}),
  };
}

const isSighting = (answer: Sighting | NodeError): answer is Sighting =>
  !(answer instanceof NodeError);

/** The text that is there most often, and how often; the first of those that are equally common. */
function mostCommon(texts: readonly (string | undefined)[]): readonly [string | undefined, number] {
  const counts = new Map<string, number>();
  for (const text of texts) {
    if (text !== undefined) counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return [...counts].reduce<readonly [string | undefined, number]>(
    (best, each) => (each[1] > best[1] ? each : best),
    [undefined, 0],
  );
}
