import {LeaderElection} from '../../election/index.js';
import type {Locker} from '../../index.js';
import type {Command} from '../command.js';
import {EXIT} from '../exit-codes.js';
import {flag, text, type Option} from '../option.js';
import {runWhile} from '../process/run-while.js';
import {withSignals, type Signals} from '../process/signals.js';
import {CONNECTION} from '../redis/options.js';
import {withLocker} from '../redis/with-locker.js';
import {sayer} from '../say.js';
import {FOREGROUND, QUIET, RUNNING, SHELL, timesOf} from './command-options.js';
import {environment} from './environment.js';

const ID: Option<string | undefined> = text({
  name: 'id',
  about: 'what others know the leader by (default: the host and the number of the process)',
});

const ONCE: Option<boolean> = flag({
  name: 'once',
  about: 'ends when the leadership is lost, and does not campaign again',
});

/** Runs a command on one of many machines, and on another one when that fails. */
export const elect: Command = {
  name: 'elect',
  about: 'runs a command while it leads, and campaigns again when the leadership is lost',
  operands: ['name'],
  takesCommand: true,
  options: [ID, ONCE, ...RUNNING, ...CONNECTION],
  notes: [
    'The command finds HOLDFAST_RESOURCE, HOLDFAST_FENCE and HOLDFAST_LEADER_ID in its environment. It gets the signals that this program gets. When it ends by itself, this program resigns and ends with its exit code.',
    'When the leadership is lost, the command and all that it started get SIGTERM, and SIGKILL after the grace time. Only after that does this program campaign again.',
  ],
  async run(args, {env, stderr}) {
    const {ttlMs, graceMs} = timesOf(args);
    const [name = ''] = args.operands;
    const say = sayer(stderr, args.get(QUIET), env);
    const work = async (locker: Locker, signals: Signals): Promise<number> => {
      const options = {id: args.get(ID), ttlMs, headStartMs: graceMs};
      const election = new LeaderElection(locker, name, options);
      say.info(`Campaigning for "${name}" as ${election.id}`);
      for await (const term of election.terms({signal: signals.ended})) {
        say.info(`Leading "${name}", fence ${term.fence}`);
        const {code, isLost} = await runWhile(term, args.command, {
          env: {...environment(env, name, term.fence), HOLDFAST_LEADER_ID: term.id},
          isShell: args.get(SHELL),
          isForeground: args.get(FOREGROUND),
          graceMs,
          signals,
          onLost: (why) => say.error(`${why}. Ending the command.`),
        });
        if (!isLost) return code;
        if (args.get(ONCE)) return EXIT.lost;
      }
      return signals.exitCode;
    };
    return withSignals((signals) => withLocker(args, env, {}, (locker) => work(locker, signals)));
  },
};
