/** The scripts of a lease, which may travel together. */
export type LeaseScript =
  | 'acquire'
  | 'extend'
  | 'leave'
  | 'raise'
  | 'release'
  | 'enter'
  | 'attend'
  | 'pass';

/** Scripts that are sent alone: they are few, and their arguments may be any text. */
export type LoneScript = 'announce' | 'forceRelease' | 'inspect';

/** What is asked of a node, or of each of several. */
export interface Ask<T> {
  readonly script: LeaseScript | LoneScript;
  readonly keys: readonly string[];
  /** Of a lease: none of them is empty or has a line break in it, as they travel as the lines of one text. */
  readonly args: readonly string[];
  /** How long a node may be silent before it is given up on. */
  readonly timeoutMs: number;
  /** What calls it off: once that is freed, a script that a node turns out not to know is not sent again. */
  readonly unless?: {readonly isFreed: boolean};
  /** Makes sense of a reply, or throws. */
  readonly read: (reply: unknown) => T;
}
