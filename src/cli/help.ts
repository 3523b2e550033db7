import {HELP} from './arguments.js';
import type {Command} from './command.js';
import {EXIT} from './exit-codes.js';
import type {Named} from './option.js';

const COLUMNS = 80;

const CODES: readonly (readonly [number, string])[] = [
  [EXIT.ok, 'done'],
  [EXIT.free, 'who, release: nobody holds it'],
  [EXIT.usage, 'the command line is not understood'],
  [EXIT.unavailable, 'Redis cannot be asked, or too few of its nodes answer'],
  [EXIT.fault, 'a fault of this program'],
  [EXIT.busy, 'somebody else holds it'],
  [EXIT.lost, 'the lock was lost while the command ran'],
  [EXIT.notExecutable, 'the command cannot be run'],
  [EXIT.notFound, 'the command is not there'],
  [EXIT.signal, '+ n: ended by signal n'],
];

/** The help of the whole program. */
export function overview(commands: readonly Command[]): string {
  const rows = commands.map((command) => [synopsis(command), command.about] as const);
  return [
    'holdfast: a distributed lock on Redis, for the command line',
    '',
    'Usage: holdfast <command> [options]',
    '',
    ...table(rows),
    '',
    'Redis is found by --redis, which may be repeated, else by REDIS_URLS or REDIS_URL, else at redis://127.0.0.1:6379.',
    '',
    'Exit codes, beside those of a command that was run:',
    ...table(CODES.map(([code, about]) => [String(code), about] as const)),
    '',
    '"holdfast <command> --help" says more, "holdfast --version" which version this is.',
  ]
    .flatMap((line) => (line.startsWith(' ') ? line : wrap(line, COLUMNS)))
    .concat('')
    .join('\n');
}

/** The help of one command. */
export function helpOf(command: Command): string {
  const options = [...command.options, HELP];
  return [
    ...wrap(`Usage: holdfast ${synopsis(command)}`, COLUMNS),
    '',
    ...wrap(`${capital(command.about)}.`, COLUMNS),
    '',
    ...table(options.map((option) => [optionText(option), option.about] as const)),
    ...command.notes.flatMap((note) => ['', ...wrap(note, COLUMNS)]),
    '',
  ].join('\n');
}

function synopsis({name, operands, takesCommand}: Command): string {
  const given = operands.map((operand) => ` <${operand}>`).join('');
  return `${name}${given}${takesCommand ? ' [options] -- <command…>' : ''}`;
}

function optionText({name, short, placeholder}: Named): string {
  const start = short === undefined ? '    ' : `-${short}, `;
  return `${start}--${name}${placeholder === undefined ? '' : ` <${placeholder}>`}`;
}

/** Two columns, the second of which is broken into as many lines as it takes. */
function table(rows: readonly (readonly [string, string])[]): readonly string[] {
  const width = Math.max(...rows.map(([left]) => left.length)) + 4;
  return rows.flatMap(([left, right]) =>
    wrap(right, COLUMNS - width).map((line, index) =>
      `${(index === 0 ? `  ${left}` : '').padEnd(width)}${line}`.trimEnd(),
    ),
  );
}

function wrap(text: string, columns: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);
