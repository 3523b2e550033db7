import {command, integer, MANY, sum, type Commands, type Server} from './command.js';
import {OK, ReplyError, syntaxError, type Reply} from './reply.js';

/** What is said behind the value of a `SET`. */
interface SetOptions {
  isNew: boolean;
  isOld: boolean;
  keepsTtl: boolean;
  wantsOld: boolean;
  expiresAt: number | undefined;
}

function setOptions({keys}: Server, words: readonly string[]): SetOptions {
  const options: SetOptions = {
    isNew: false,
    isOld: false,
    keepsTtl: false,
    wantsOld: false,
    expiresAt: undefined,
  };
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index]?.toUpperCase();
    if (word === 'NX') options.isNew = true;
    else if (word === 'XX') options.isOld = true;
    else if (word === 'GET') options.wantsOld = true;
    else if (word === 'KEEPTTL') options.keepsTtl = true;
    else if ((word === 'PX' || word === 'EX') && options.expiresAt === undefined) {
      index += 1;
      options.expiresAt = keys.now() + lifeMs(words[index], word === 'EX' ? 1000 : 1);
    } else throw syntaxError();
  }
  const isTwice = options.keepsTtl && options.expiresAt !== undefined;
  if (isTwice || (options.isNew && options.isOld)) throw syntaxError();
  return options;
}

function lifeMs(text: string | undefined, unitMs: number): number {
  if (text === undefined) throw syntaxError();
  const ms = integer(text) * unitMs;
  if (ms > 0 && Number.isSafeInteger(ms)) return ms;
  throw new ReplyError("ERR invalid expire time in 'set' command");
}

function set(server: Server, key: string, value: string, words: readonly string[]): Reply {
  const {isNew, isOld, keepsTtl, wantsOld, expiresAt} = setOptions(server, words);
  const {keys} = server;
  const old = wantsOld ? (keys.text(key) ?? null) : null;
  const has = keys.has(key);
  if ((isNew && has) || (isOld && !has)) return old;
  if (keepsTtl) keys.set(key, value);
  else keys.set(key, value, expiresAt ?? Infinity);
  return wantsOld ? old : OK;
}

function increase({keys}: Server, key: string, by: string): Reply {
  integer(by);
  const next = sum(keys.text(key) ?? '0', by);
  keys.set(key, next);
  return Number(next);
}

/** Commands for texts. */
export const stringCommands: Commands = {
  GET: command([1], ({keys}, [key]) => keys.text(key) ?? null),
  SET: command([2, MANY], (server, [key, value, ...words]) => set(server, key, value, words)),
  SETNX: command([2], ({keys}, [key, value]) => {
    if (keys.has(key)) return 0;
    keys.set(key, value);
    return 1;
  }),
  GETDEL: command([1], ({keys}, [key]) => {
    const value = keys.text(key) ?? null;
    keys.delete(key);
    return value;
  }),
  MGET: command([1, MANY], ({keys}, names) =>
    names.map((key) => (keys.typeOf(key) === 'string' ? (keys.text(key) ?? null) : null)),
  ),
  STRLEN: command([1], ({keys}, [key]) => keys.text(key)?.length ?? 0),
  INCR: command([1], (server, [key]) => increase(server, key, '1')),
  DECR: command([1], (server, [key]) => increase(server, key, '-1')),
  INCRBY: command([2], (server, [key, by]) => increase(server, key, by)),
};
