import type {LockInfo} from '../../index.js';
import type {Command} from '../command.js';
import {EXIT} from '../exit-codes.js';
import {lockJson} from '../lock-json.js';
import {ageText, holderText} from '../lock-text.js';
import {text, type Option} from '../option.js';
import {printable} from '../printable.js';
import {CONNECTION} from '../redis/options.js';
import {withLocker} from '../redis/with-locker.js';
import {sayer} from '../say.js';
import {timeText} from '../times.js';
import {JSON_LINES} from './command-options.js';

const PREFIX: Option<string | undefined> = text({
  name: 'prefix',
  short: 'p',
  about: 'lists only names that begin with this text',
});

const HEAD = ['RESOURCE', 'HELD FOR', 'ENDS IN', 'FENCE', 'HOLDER'];

/** Names all locks that are held. */
export const list: Command = {
  name: 'list',
  about: 'names the locks that are held, and who holds them',
  operands: [],
  takesCommand: false,
  options: [PREFIX, JSON_LINES, ...CONNECTION],
  notes: [
    'All keys of the servers are looked through, in small steps. Every string key with the key prefix counts as a lock.',
  ],
  run(args, {env, stdout, stderr}) {
    return withLocker(args, env, {}, async (locker) => {
      const prefix = args.get(PREFIX);
      const infos: LockInfo[] = [];
      for await (const info of locker.list(prefix === undefined ? {} : {prefix})) {
        if (args.get(JSON_LINES)) stdout.write(lockJson(info));
        else infos.push(info);
      }
      if (infos.length > 0) stdout.write(table(infos, Date.now()));
      else if (!args.get(JSON_LINES)) sayer(stderr, false, env).info('No lock is held');
      return EXIT.ok;
    });
  },
};

function table(infos: readonly LockInfo[], now: number): string {
  const sorted = infos.toSorted((one, other) => (one.resource < other.resource ? -1 : 1));
  const rows = [HEAD, ...sorted.map((info) => cells(info, now))];
  const widths = HEAD.map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return `${lines.join('\n')}\n`;
}

function cells(info: LockInfo, now: number): readonly string[] {
  const {resource, isHeld, holder, remainingMs, fence} = info;
  if (!isHeld) return [printable(resource), '', '', '', 'nobody: too few servers have it'];
  return [
    printable(resource),
    ageText(holder ?? {}, now),
    timeText(remainingMs),
    fence === undefined ? '' : String(fence),
    holderText(info),
  ];
}
