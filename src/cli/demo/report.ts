/** What a contender tells the process that started it. `at` is in milliseconds of the machine's clock. */
export type Report =
  /** Asks for the lock. */
  | {readonly kind: 'waiting'; readonly at: number}
  /** Obtained the lock at `at`, and is inside. */
  | {readonly kind: 'holding'; readonly at: number; readonly fence: number}
  /** Began to release the lock at `at`. */
  | {readonly kind: 'released'; readonly at: number; readonly fence: number}
  /** Met somebody inside: what the lock is there to prevent. */
  | {readonly kind: 'overlap'; readonly at: number; readonly other: string}
  /** The lock was lost, or could not be obtained. */
  | {readonly kind: 'trouble'; readonly at: number; readonly why: string};

const KINDS: ReadonlySet<unknown> = new Set<Report['kind']>([
  'waiting',
  'holding',
  'released',
  'overlap',
  'trouble',
]);

/** Tells a report from anything else that may come through a process's channel. */
export function isReport(message: unknown): message is Report {
  return (
    typeof message === 'object' && message !== null && 'kind' in message && KINDS.has(message.kind)
  );
}
