import type {Command} from '../command.js';
import {EXIT} from '../exit-codes.js';
import {lockJson} from '../lock-json.js';
import {lockText} from '../lock-text.js';
import {CONNECTION} from '../redis/options.js';
import {withLocker} from '../redis/with-locker.js';
import {JSON_LINES} from './command-options.js';

/** Says who holds a lock. */
export const who: Command = {
  name: 'who',
  about: 'says who holds a lock, since when and for how long',
  operands: ['resource'],
  takesCommand: false,
  options: [JSON_LINES, ...CONNECTION],
  notes: [
    `The exit code is ${EXIT.free} when nobody holds it. When too few servers answer to know, it is ${EXIT.unavailable}.`,
  ],
  run(args, {env, stdout}) {
    const [resource = ''] = args.operands;
    return withLocker(args, env, {}, async (locker) => {
      const info = await locker.inspect(resource);
      stdout.write(args.get(JSON_LINES) ? lockJson(info) : lockText(info, Date.now()));
      return info.isHeld ? EXIT.ok : EXIT.free;
    });
  },
};
