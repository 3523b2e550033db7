import {createInterface} from 'node:readline';

import type {LockInfo, Locker} from '../../index.js';
import {usageError} from '../cli-error.js';
import type {Command} from '../command.js';
import type {Context} from '../context.js';
import {EXIT} from '../exit-codes.js';
import {holderText} from '../lock-text.js';
import {flag, type Option} from '../option.js';
import {printable} from '../printable.js';
import {CONNECTION} from '../redis/options.js';
import {withLocker} from '../redis/with-locker.js';
import {sayer} from '../say.js';
import {JSON_LINES} from './command-options.js';

const FORCE: Option<boolean> = flag({
  name: 'force',
  short: 'f',
  about: 'takes the lock away from whoever holds it; without this nothing is done',
});

const YES: Option<boolean> = flag({
  name: 'yes',
  short: 'y',
  about: 'does not ask before it does so',
});

/** Takes a lock away from its holder. */
export const release: Command = {
  name: 'release',
  about: 'takes a lock away from whoever holds it',
  operands: ['resource'],
  takesCommand: false,
  options: [FORCE, YES, JSON_LINES, ...CONNECTION],
  notes: [
    'The holder is told at once. When that is "holdfast run" or "holdfast elect", it ends its command. At a terminal, this program asks first.',
    `The exit code is ${EXIT.free} when nobody holds the lock, and ${EXIT.busy} when it is held on: the answer was no, or somebody else has obtained it meanwhile.`,
  ],
  run(args, context) {
    if (!args.get(FORCE)) {
      throw usageError('A lock is released by its holder; --force takes it away from the holder');
    }
    const [resource = ''] = args.operands;
    const {env, stdin, stdout, stderr} = context;
    const isAsking = stdin.isTTY === true && !args.get(YES);
    const isJson = args.get(JSON_LINES);
    const say = sayer(stderr, isJson, env);
    return withLocker(args, env, {}, async (locker) => {
      const info = await locker.inspect(resource);
      const freed = isThere(info)
        ? (!isAsking || (await isAgreed(info, context))) && (await take(locker, info))
        : undefined;
      if (isJson) {
        const {holder, token} = info;
        stdout.write(`${JSON.stringify({resource, isFreed: freed === true, holder, token})}\n`);
      }
      const name = `"${printable(resource)}"`;
      if (freed === undefined) {
        say.info(`Nobody holds ${name}`);
        return EXIT.free;
      }
      say.info(freed ? `Took ${name} away from ${holderText(info)}` : `${name} is held on`);
      return freed ? EXIT.ok : EXIT.busy;
    });
  },
};

/** Whether there is anything to free, be it on too few servers to count. */
const isThere = ({nodes}: LockInfo): boolean => nodes.some(({token}) => token !== undefined);

/** From this very holder, and not from the one who came next. */
const take = (locker: Locker, {resource, token}: LockInfo): Promise<boolean> =>
  locker.forceRelease(resource, token === undefined ? {} : {token});

async function isAgreed(info: LockInfo, {stdin, stderr}: Context): Promise<boolean> {
  stderr.write(`Take "${printable(info.resource)}" away from ${holderText(info)}? [y/N] `);
  const lines = createInterface({input: stdin, terminal: false});
  try {
    for await (const line of lines) return /^y(?:es)?$/i.test(line.trim());
    return false;
  } finally {
    lines.close();
  }
}
