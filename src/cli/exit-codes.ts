/**
 * What the exit code of `holdfast` says, beside that of a command which it ran.
 *
 * From 64 to 78 they mean what sysexits.h means by them, and from 126 what a shell means.
 */
export const EXIT = {
  /** All went well. */
  ok: 0,
  /** Nobody holds what was asked for. */
  free: 1,
  /** The command line is not understood. */
  usage: 64,
  /** Redis could not be asked, or too few of its nodes answered. */
  unavailable: 69,
  /** A fault of this program. */
  fault: 70,
  /** Somebody else holds it. */
  busy: 75,
  /** The lock was lost while the command ran. */
  lost: 79,
  /** The command is there and cannot be run. */
  notExecutable: 126,
  /** The command is not there. */
  notFound: 127,
  /** Added to the number of a signal. */
  signal: 128,
} as const;
