import {Job, type JobOptions} from './job.js';
import {LeaseWatch, type Tenure} from './lease-watch.js';
import type {Signals} from './signals.js';

export interface RunOptions extends JobOptions {
  readonly signals: Signals;
  /** Called when the tenure is over and the command is being ended. */
  onLost(why: string): void;
}

/** How a command came to its end. */
export interface Outcome {
  readonly code: number;
  /** Whether it was ended because the tenure was over. */
  readonly isLost: boolean;
}

/**
 * Runs a command as long as a tenure lasts, and passes on signals meanwhile.
 *
 * A tenure that nobody could prolong is given up `graceMs` before its time, so that the command is gone when it ends.
 *
 * @throws {CliError} when the command cannot be run.
 */
export async function runWhile(
  tenure: Tenure,
  command: readonly string[],
  options: RunOptions,
): Promise<Outcome> {
  const {signals, graceMs} = options;
  const job = await Job.start(command, options);
  let ending: Promise<void> | undefined;
  const watch = new LeaseWatch(tenure, graceMs, (why) => {
    options.onLost(why);
    const leftMs = tenure.remainingMs;
    ending = job.end(leftMs > 0 ? Math.min(leftMs, graceMs) : graceMs);
  });
  signals.passTo((name) => {
    // Nothing may run on without the lock after a stop.
    if (name === 'SIGCONT') watch.check();
    if (watch.why === undefined || name !== 'SIGCONT') job.receive(name);
    // The command is ending anyway: what comes now is for this program.
    if (watch.why !== undefined) signals.heed(name);
  });
  try {
    const code = await job.exit;
    await ending;
    return {code, isLost: ending !== undefined};
  } finally {
    watch.stop();
    signals.passTo(undefined);
  }
}
