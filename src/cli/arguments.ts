import {parseArgs} from 'node:util';

import {usageError} from './cli-error.js';
import {nearest} from './nearest.js';
import {flag, type Option} from './option.js';

export const HELP: Option<boolean> = flag({
  name: 'help',
  short: 'h',
  about: 'shows this help',
});

/** What a command can be told. */
export interface Grammar {
  readonly name: string;
  readonly operands: readonly string[];
  readonly takesCommand: boolean;
  readonly options: readonly Option<unknown>[];
}

/** What a command was told. */
export interface Arguments {
  readonly operands: readonly string[];
  /** What stands after `--`. */
  readonly command: readonly string[];
  get<T>(option: Option<T>): T;
}

/** Takes a command line apart. @throws {CliError} when something is missing, unknown or malformed. */
export function parse(args: readonly string[], grammar: Grammar): Arguments {
  const options = [...grammar.options, HELP];
  const {tokens} = parseArgs({
    args: [...args],
    tokens: true,
    strict: false,
    options: Object.fromEntries(
      options.map(({name, short, placeholder}) => [
        name,
        {
          type: placeholder === undefined ? ('boolean' as const) : ('string' as const),
          ...(short === undefined ? {} : {short}),
        },
      ]),
    ),
  });
  const end = tokens.find(({kind}) => kind === 'option-terminator')?.index ?? args.length;
  const given = new Map<string, string[]>();
  const operands: string[] = [];
  for (const token of tokens) {
    if (token.index >= end) break;
    if (token.kind === 'positional') operands.push(token.value);
    if (token.kind !== 'option') continue;
    const option = options.find(({name}) => name === token.name);
    if (option === undefined) throw unknownOption(token.rawName, options);
    const text = valueOf(option, token.rawName, token.value, token.inlineValue === true);
    given.set(option.name, [...(given.get(option.name) ?? []), text]);
  }
  const parsed: Arguments = {
    operands,
    command: args.slice(end + 1),
    get: (option) => option.read(given.get(option.name) ?? []),
  };
  if (parsed.get(HELP)) return parsed;
  checkOperands(parsed, grammar, end < args.length);
  // All of it before anything is done.
  for (const option of options) parsed.get(option);
  return parsed;
}

function valueOf(
  option: Option<unknown>,
  rawName: string,
  value: string | undefined,
  isInline: boolean,
): string {
  if (option.placeholder === undefined) {
    if (value !== undefined) throw usageError(`${rawName} takes no value, got "${value}"`);
    return '';
  }
  if (value === undefined || value === '' || (!isInline && value.startsWith('-'))) {
    throw usageError(`${rawName} needs a value: ${rawName} <${option.placeholder}>`);
  }
  return value;
}

function unknownOption(rawName: string, options: readonly Option<unknown>[]): Error {
  const near = nearest(
    rawName.replace(/^-+/, ''),
    options.map(({name}) => name),
  );
  const hint = near === undefined ? '' : `; did you mean --${near}?`;
  return usageError(`Unknown option ${rawName}${hint}`);
}

function checkOperands(
  {operands, command}: Pick<Arguments, 'operands' | 'command'>,
  {name, operands: expected, takesCommand}: Grammar,
  hasTerminator: boolean,
): void {
  const missing = expected[operands.length];
  if (missing !== undefined) throw usageError(`Expected a ${missing} after "holdfast ${name}"`);
  const [extra] = operands.slice(expected.length);
  if (extra !== undefined) {
    const hint = takesCommand && !hasTerminator ? '; put -- before the command to run' : '';
    throw usageError(`Unexpected "${extra}"${hint}`);
  }
  if (takesCommand && command.length === 0) {
    throw usageError('Expected a command to run: -- command args…');
  }
  if (!takesCommand && command.length > 0) throw usageError(`Unexpected "${command[0]}" after --`);
}
