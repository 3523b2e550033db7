/** The root of every error that the library makes itself, except for bad arguments (`TypeError`, `RangeError`). */
export abstract class HoldfastError extends Error {
  /** A fixed word to tell errors by; it stays the same when the message is reworded. */
  abstract readonly code: string;
}

/**
 * The lock was not obtained within `timeoutMs`: others held it, or no attempt came to an end in so short a time.
 * Nothing of ours stays in Redis.
 */
export class LockTimeoutError extends HoldfastError {
  override readonly name = 'LockTimeoutError';
  readonly code = 'ERR_LOCK_TIMEOUT';

  constructor(
    readonly resources: readonly string[],
    /** How long was waited, in milliseconds. */
    readonly timeoutMs: number,
    why = '',
  ) {
    super(`Did not obtain the lock on ${list(resources)} within ${timeoutMs} ms${why}`);
  }
}

/**
 * The lock is no longer certain: its time ran out, it was held for `maxHoldMs`, it was released by force, or a majority
 * of nodes says that it is not ours. It is the `reason` of {@link Lock.signal}.
 */
export class LockLostError extends HoldfastError {
  override readonly name = 'LockLostError';
  readonly code = 'ERR_LOCK_LOST';

  constructor(
    readonly resources: readonly string[],
    why: string,
    options?: ErrorOptions,
  ) {
    super(`Lost the lock on ${list(resources)}: ${why}`, options);
  }
}

/**
 * Too few nodes answered usefully to say whether the lock could be had or kept.
 *
 * `nodeErrors` has one error for each node that failed, in the order of the nodes; `cause` is the first of them.
 */
export class QuorumError extends HoldfastError {
  override readonly name = 'QuorumError';
  readonly code = 'ERR_QUORUM';

  constructor(
    readonly resources: readonly string[],
    what: string,
    readonly nodeErrors: readonly NodeError[],
  ) {
    const [cause] = nodeErrors;
    const details = nodeErrors.map((error) => `; ${error.message}`).join('');
    super(`${what} on ${list(resources)}${details}`, cause === undefined ? undefined : {cause});
  }
}

/** A section would wait for a lock that its own async flow holds, in a re-entrant section around it. */
export class SelfDeadlockError extends HoldfastError {
  override readonly name = 'SelfDeadlockError';
  readonly code = 'ERR_SELF_DEADLOCK';

  constructor(readonly resources: readonly string[]) {
    super(
      `Would wait for itself: this async flow holds the lock on ${list(resources)}, in a section around this one`,
    );
  }
}

/** One node did not do what it was asked. Whether the command ran there is not known. */
export class NodeError extends HoldfastError {
  override readonly name = 'NodeError';
  readonly code = 'ERR_NODE';

  constructor(
    /** The place of the node in the list that the locker was given, from 0. */
    readonly node: number,
    cause: unknown,
    /** The first word of the server's error (`READONLY`, `WRONGTYPE`, …); undefined when no server answered. */
    readonly replyCode?: string,
  ) {
    super(`node ${node}: ${cause instanceof Error ? cause.message : String(cause)}`, {cause});
  }
}

/** The locker was closed: it obtains no more locks, and whoever waited for one is told so. */
export class LockerClosedError extends HoldfastError {
  override readonly name = 'LockerClosedError';
  readonly code = 'ERR_LOCKER_CLOSED';

  constructor() {
    super('The locker is closed');
  }
}

const list = (resources: readonly string[]): string =>
  resources.map((resource) => JSON.stringify(resource)).join(', ');
