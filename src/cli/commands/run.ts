import {LockTimeoutError, type Lock, type Locker} from '../../index.js';
import type {Arguments} from '../arguments.js';
import {CliError, usageError} from '../cli-error.js';
import type {Command} from '../command.js';
import {EXIT} from '../exit-codes.js';
import {holderText} from '../lock-text.js';
import {flag, text, time, whole, type Option} from '../option.js';
import {runWhile} from '../process/run-while.js';
import {withSignals, type Signals} from '../process/signals.js';
import {withLocker} from '../redis/with-locker.js';
import {CONNECTION} from '../redis/options.js';
import {sayer, type Sayer} from '../say.js';
import {FOREGROUND, QUIET, RUNNING, SHELL, timesOf} from './command-options.js';
import {environment} from './environment.js';

const WAIT: Option<number | undefined> = time({
  name: 'wait',
  about: 'how long to wait for the lock (default: as long as it takes)',
});

const NO_WAIT: Option<boolean> = flag({
  name: 'no-wait',
  short: 'n',
  about: 'gives up at once when somebody else holds it',
});

const BUSY_CODE: Option<number | undefined> = whole(
  {
    name: 'conflict-exit-code',
    short: 'E',
    about: `the exit code when somebody else holds it (default: ${EXIT.busy})`,
  },
  0,
  255,
);

const HOLD_AT_LEAST: Option<number | undefined> = time({
  name: 'hold-at-least',
  about: 'leaves the lock in Redis for that long if the command is done before',
});

const LABEL: Option<string | undefined> = text({
  name: 'label',
  about: 'what the holder is called where it is asked who holds the lock',
});

// Who waits for longer than that wants to know what for.
const NOTICE_AFTER_MS = 1000;

/** Runs a command while the lock is held. */
export const run: Command = {
  name: 'run',
  about: 'runs a command while the lock is held',
  operands: ['resource'],
  takesCommand: true,
  options: [WAIT, NO_WAIT, BUSY_CODE, HOLD_AT_LEAST, LABEL, ...RUNNING, ...CONNECTION],
  notes: [
    'The command finds HOLDFAST_RESOURCE and HOLDFAST_FENCE in its environment. It gets the signals that this program gets, and its exit code becomes that of this program.',
    'When the lock is lost, the command and all that it started get SIGTERM, and SIGKILL after the grace time. When Redis falls silent, that happens before the lock can end.',
  ],
  async run(args, {env, stderr}) {
    checkWaiting(args);
    const {ttlMs, graceMs} = timesOf(args);
    const [resource = ''] = args.operands;
    const say = sayer(stderr, args.get(QUIET), env);
    const work = async (locker: Locker, signals: Signals): Promise<number> => {
      const lock = await obtain(locker, resource, args, signals, say);
      if (typeof lock === 'number') return lock;
      const {code, isLost} = await runWhile(lock, args.command, {
        env: environment(env, resource, lock.fence),
        isShell: args.get(SHELL),
        isForeground: args.get(FOREGROUND),
        graceMs,
        signals,
        onLost: (why) => say.error(`${why}. Ending the command.`),
      });
      if (isLost) return EXIT.lost;
      return (await isOurs(lock, say)) ? code : EXIT.lost;
    };
    return withSignals((signals) =>
      withLocker(args, env, {ttlMs, label: args.get(LABEL)}, (locker) => work(locker, signals)),
    );
  },
};

function checkWaiting(args: Arguments): void {
  if (args.get(NO_WAIT) && args.get(WAIT) !== undefined) {
    throw usageError('Expected --wait or --no-wait, got both');
  }
}

/** Waits for the lock as it was asked to. Resolves to the lock, or to the exit code without it. */
async function obtain(
  locker: Locker,
  resource: string,
  args: Arguments,
  signals: Signals,
  say: Sayer,
): Promise<Lock | number> {
  const signal = signals.ended;
  const busyCode = args.get(BUSY_CODE) ?? EXIT.busy;
  const holding = {holdAtLeastMs: args.get(HOLD_AT_LEAST), signal};
  const notice = setTimeout(() => void sayWhy(locker, resource, say), NOTICE_AFTER_MS);
  try {
    const lock = args.get(NO_WAIT)
      ? await locker.tryAcquire(resource, holding)
      : await locker.acquire(resource, {timeoutMs: args.get(WAIT) ?? Infinity, ...holding});
    if (lock !== undefined) return lock;
    throw new CliError(busyCode, `Did not wait: somebody else holds "${resource}"`);
  } catch (error) {
    if (signal.aborted) return signals.exitCode;
    if (error instanceof LockTimeoutError) throw new CliError(busyCode, error.message);
    throw error;
  } finally {
    clearTimeout(notice);
  }
}

/** Says who is waited for, as far as that can be known. */
async function sayWhy(locker: Locker, resource: string, say: Sayer): Promise<void> {
  const info = await locker.inspect(resource).catch(() => undefined);
  const whoever = info?.isHeld === true ? holderText(info) : 'somebody else';
  say.info(`Waiting: ${whoever} holds "${resource}"`);
}

/** Releases the lock. Whether it was ours until now, as far as is known. */
async function isOurs(lock: Lock, say: Sayer): Promise<boolean> {
  const isConfirmed = await lock.release();
  const {aborted, reason} = lock.signal;
  if (aborted)
    say.error(`${reason instanceof Error ? reason.message : reason}. The command had ended.`);
  else if (!isConfirmed) say.info('Redis did not confirm the release; the lock ends by itself');
  return !aborted;
}
