import {usageError} from '../cli-error.js';
import type {Arguments} from '../arguments.js';
import {flag, time, type Option} from '../option.js';

const TTL: Option<number | undefined> = time({
  name: 'ttl',
  about: 'how long the lock outlives a holder that died (default: 10s)',
});

const GRACE: Option<number | undefined> = time(
  {
    name: 'grace',
    about:
      'how long the command may take to end after SIGTERM, before SIGKILL; at most half of --ttl (default: a quarter of it)',
  },
  0,
);

export const SHELL: Option<boolean> = flag({
  name: 'shell',
  about: 'the command is a line for the shell',
});

export const FOREGROUND: Option<boolean> = flag({
  name: 'foreground',
  about:
    'the command shares the terminal, for passwords and job control; what it starts itself is not ended with it',
});

export const QUIET: Option<boolean> = flag({
  name: 'quiet',
  short: 'q',
  about: 'says nothing but errors',
});

export const JSON_LINES: Option<boolean> = flag({
  name: 'json',
  about: 'prints JSON, in one line for each lock',
});

/** How a command is run while something is held. */
export const RUNNING: readonly Option<unknown>[] = [TTL, GRACE, SHELL, FOREGROUND, QUIET];

/** The times of a lock under which a command runs. @throws {CliError} when they do not fit together. */
export function timesOf(args: Arguments): {readonly ttlMs: number; readonly graceMs: number} {
  const ttlMs = args.get(TTL) ?? 10_000;
  const graceMs = args.get(GRACE) ?? Math.floor(ttlMs / 4);
  if (graceMs <= ttlMs / 2) return {ttlMs, graceMs};
  throw usageError(
    'Expected --grace to be at most half of --ttl, so that the command can end before the lock does',
  );
}
