import {createHash} from 'node:crypto';

import {compile, type Compiled} from '../lua/compile.js';
import {standardLibrary, textOf} from '../lua/library.js';
import {general} from '../lua/numbers.js';
import {isTrue, LuaError, LuaTable, type LuaFunction, type LuaValue} from '../lua/values.js';
import {integer} from './command.js';
import {OK, ReplyError, Status, type Reply} from './reply.js';

/** Runs one command. @throws {ReplyError} */
export type Execute = (command: string, args: readonly string[]) => Reply;

// A text means the same for every node, so it is read once.
const compiled = new Map<string, {readonly sha1: string; readonly script: Compiled}>();

/** The scripts that one node knows, and what they run in. */
export class Scripts {
  readonly #execute: Execute;
  readonly #globals: LuaTable;
  readonly #known = new Map<string, string>();

  constructor(execute: Execute) {
    this.#execute = execute;
    this.#globals = LuaTable.of({...standardLibrary(), redis: this.#redis()});
  }

  /** `EVAL`. @throws {ReplyError} */
  eval(args: readonly string[]): Reply {
    const [text = '', ...rest] = args;
    this.#load(text);
    return this.#run(text, rest);
  }

  /** `EVALSHA`. @throws {ReplyError} */
  evalsha(args: readonly string[]): Reply {
    const [sha1 = '', ...rest] = args;
    const text = this.#known.get(sha1.toLowerCase());
    if (text === undefined) throw new ReplyError('NOSCRIPT No matching script. Please use EVAL.');
    return this.#run(text, rest);
  }

  /** `SCRIPT`. @throws {ReplyError} */
  script([subcommand = '', ...args]: readonly string[]): Reply {
    switch (subcommand.toUpperCase()) {
      case 'LOAD':
        return this.#load(args[0] ?? '');
      case 'EXISTS':
        return args.map((sha1) => (this.#known.has(sha1.toLowerCase()) ? 1 : 0));
      case 'FLUSH':
        this.#known.clear();
        return OK;
      default:
        throw new ReplyError(`ERR unknown subcommand '${subcommand}'. Try SCRIPT HELP.`);
    }
  }

  /** Forgets every script, as a server does that starts. */
  clear(): void {
    this.#known.clear();
  }

  #load(text: string): string {
    const {sha1} = compiledOf(text);
    this.#known.set(sha1, text);
    return sha1;
  }

  #run(text: string, [count = '', ...rest]: readonly string[]): Reply {
    const keys = integer(count);
    if (keys < 0) throw new ReplyError("ERR Number of keys can't be negative");
    if (keys > rest.length) {
      throw new ReplyError("ERR Number of keys can't be greater than number of args");
    }
    this.#globals.set('KEYS', new LuaTable(rest.slice(0, keys)));
    this.#globals.set('ARGV', new LuaTable(rest.slice(keys)));
    const {sha1, script} = compiledOf(text);
    try {
      return replyOf(script.run(this.#globals)[0]);
    } catch (error) {
      if (!(error instanceof LuaError)) throw error;
      throw new ReplyError(
        `${told(error, script.line)} script: ${sha1}, on @user_script:${script.line}.`,
      );
    }
  }

  #redis(): LuaTable {
    const call: LuaFunction = (...args) => [valueOf(this.#call(args))];
    const guarded: LuaFunction = (...args) => {
      try {
        return call(...args);
      } catch (error) {
        if (error instanceof LuaError && error.value instanceof LuaTable) return [error.value];
        throw error;
      }
    };
    return LuaTable.of({
      call,
      pcall: guarded,
      error_reply: (text) => [LuaTable.of({err: text})],
      status_reply: (text) => [LuaTable.of({ok: text})],
      sha1hex: (text) => [sha1Of(textOf(text))],
      log: () => [],
      replicate_commands: () => [true],
      LOG_DEBUG: 0,
      LOG_VERBOSE: 1,
      LOG_NOTICE: 2,
      LOG_WARNING: 3,
    });
  }

  #call([command, ...args]: readonly LuaValue[]): Reply {
    try {
      return this.#execute(argument(command).toUpperCase(), args.map(argument));
    } catch (error) {
      if (!(error instanceof ReplyError)) throw error;
      throw new LuaError(LuaTable.of({err: inScript(error.message)}));
    }
  }
}

function compiledOf(text: string): {readonly sha1: string; readonly script: Compiled} {
  const known = compiled.get(text);
  if (known !== undefined) return known;
  const made = {sha1: sha1Of(text), script: compileOrRefuse(text)};
  compiled.set(text, made);
  return made;
}

function compileOrRefuse(text: string): Compiled {
  try {
    return compile(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new ReplyError(
      `ERR Error compiling script (new function): user_script: ${error.message}`,
    );
  }
}

const sha1Of = (text: string): string => createHash('sha1').update(text, 'latin1').digest('hex');

/** What a server says of an error that a script did not catch. */
function told({value}: LuaError, line: number): string {
  if (value instanceof LuaTable) return textOf(value.get('err'));
  return `ERR user_script:${line}: ${typeof value === 'string' ? value : '(error object is not a string)'}`;
}

/** Some refusals are worded otherwise inside a script. */
function inScript(message: string): string {
  if (message.startsWith('ERR unknown command')) {
    return 'ERR Unknown Redis command called from script';
  }
  return message.startsWith('ERR wrong number of arguments')
    ? 'ERR Wrong number of args calling Redis command from script'
    : message;
}

function argument(value: LuaValue): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number')
    return Number.isSafeInteger(value) ? String(value) : general(value, 17);
  throw new LuaError(
    LuaTable.of({err: 'ERR Lua redis lib command arguments must be strings or integers'}),
  );
}

/** What a script sees of a reply. */
function valueOf(reply: Reply): LuaValue {
  if (reply === null) return false;
  if (typeof reply === 'number' || typeof reply === 'string') return reply;
  if (reply instanceof Status) return LuaTable.of({ok: reply.text});
  if (reply instanceof ReplyError) return LuaTable.of({err: reply.message});
  return new LuaTable(reply.map((each) => valueOf(each)));
}

/** The reply that a script gives. */
function replyOf(value: LuaValue): Reply {
  if (typeof value === 'number') return Number.isNaN(value) ? 0 : Math.trunc(value) + 0;
  if (typeof value === 'string') return value;
  if (!(value instanceof LuaTable)) return isTrue(value) ? 1 : null;
  const failure = value.get('err');
  if (typeof failure === 'string') return new ReplyError(failure);
  const status = value.get('ok');
  if (typeof status === 'string') return new Status(status);
  const replies: Reply[] = [];
  for (let index = 1; value.get(index) !== undefined; index += 1)
    replies.push(replyOf(value.get(index)));
  return replies;
}
