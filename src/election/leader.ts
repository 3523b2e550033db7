import type {LockInfo} from '../index.js';

/** Who leads, as everybody can see. */
export interface Leader {
  /** The id of the candidate. Where its locker does not say who it is (`metadata: false`), the token of its lock. */
  readonly id: string;
  /** The number of its term. */
  readonly fence: number;
  /** When it was elected, by its own clock; absent where its locker does not say. */
  readonly since?: Date;
  /** What it has proclaimed. */
  readonly value?: string;
}

/** The leader that a lock tells of; undefined when nobody leads, or the holder comes from another library. */
export function leaderOf({isHeld, token, holder, fence, value}: LockInfo): Leader | undefined {
  if (!isHeld || token === undefined || fence === undefined) return undefined;
  const since = holder?.acquiredAt;
  return {
    id: holder?.label ?? token,
    fence,
    ...(since !== undefined && {since}),
    ...(value !== undefined && {value}),
  };
}
