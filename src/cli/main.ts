import {readFile} from 'node:fs/promises';

import {HoldfastError, LockLostError, LockTimeoutError, NodeError, QuorumError} from '../index.js';
import {HELP, parse} from './arguments.js';
import {CliError, usageError} from './cli-error.js';
import type {Command} from './command.js';
import {commands} from './commands.js';
import type {Context} from './context.js';
import {EXIT} from './exit-codes.js';
import {helpOf, overview} from './help.js';
import {nearest} from './nearest.js';
import {sayer} from './say.js';

/** Does what the command line says, and resolves to the exit code. Never rejects. */
export async function main(args: readonly string[], context: Context): Promise<number> {
  try {
    return await dispatch(args, context);
  } catch (error) {
    const {code, message} = failureOf(error);
    sayer(context.stderr, false, context.env).error(message);
    return code;
  }
}

async function dispatch(args: readonly string[], context: Context): Promise<number> {
  const [first, ...rest] = args;
  if (first === undefined) {
    context.stderr.write(overview(commands));
    return EXIT.usage;
  }
  if (first === '--version' || first === '-V') return print(context, `${await version()}\n`);
  if (first === '--help' || first === '-h') return print(context, overview(commands));
  if (first === 'help') {
    const [about] = rest;
    return print(context, about === undefined ? overview(commands) : helpOf(commandOf(about)));
  }
  const command = commandOf(first);
  const parsed = parse(rest, command);
  if (parsed.get(HELP)) return print(context, helpOf(command));
  return command.run(parsed, context);
}

function commandOf(given: string): Command {
  const command = commands.find(({name}) => name === given);
  if (command !== undefined) return command;
  if (given.startsWith('-')) {
    throw usageError(`Expected a command before the options, got ${given}; see holdfast --help`);
  }
  const near = nearest(
    given,
    commands.map(({name}) => name),
  );
  const hint = near === undefined ? 'see holdfast --help' : `did you mean ${near}?`;
  throw usageError(`Unknown command "${given}"; ${hint}`);
}

function print({stdout}: Context, text: string): number {
  stdout.write(text);
  return EXIT.ok;
}

async function version(): Promise<string> {
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
  const {version: number}: {version: string} = JSON.parse(text);
  return number;
}

/** What is said about an error, and the exit code that goes with it. */
export function failureOf(error: unknown): {readonly code: number; readonly message: string} {
  if (error instanceof CliError) return {code: error.exitCode, message: error.message};
  if (error instanceof QuorumError || error instanceof NodeError) {
    return {code: EXIT.unavailable, message: error.message};
  }
  if (error instanceof LockTimeoutError) return {code: EXIT.busy, message: error.message};
  if (error instanceof LockLostError) return {code: EXIT.lost, message: error.message};
  // The library's own word about a value that came from the command line.
  const isRefused = error instanceof TypeError || error instanceof RangeError;
  if (isRefused && error.message.startsWith('Expected `')) {
    return {code: EXIT.usage, message: error.message};
  }
  if (error instanceof HoldfastError) return {code: EXIT.fault, message: error.message};
  const trace = error instanceof Error ? error.stack : undefined;
  return {code: EXIT.fault, message: trace ?? String(error)};
}
