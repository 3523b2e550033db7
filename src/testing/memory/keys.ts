import {command, integer, MANY, type Commands, type Server} from './command.js';
import {ReplyError, Status, syntaxError, type Reply} from './reply.js';

const left = ({keys}: Server, key: string): number => {
  const expiresAt = keys.expiresAt(key);
  if (expiresAt === undefined) return -2;
  return expiresAt === Infinity ? -1 : expiresAt - keys.now();
};

function expireAt(server: Server, name: string, key: string, at: number): Reply {
  if (!Number.isSafeInteger(at))
    throw new ReplyError(`ERR invalid expire time in '${name}' command`);
  if (!server.keys.has(key)) return 0;
  server.keys.expire(key, at);
  return 1;
}

/** Whether a text fits a pattern with `*`, `?` and `[…]`. */
function matcher(pattern: string): (text: string) => boolean {
  const source = pattern.replaceAll(/\\(.)|[.+^${}()|\\/*?]/gs, (whole: string, char?: string) => {
    if (char !== undefined) return `\\${char}`;
    if (whole === '*') return '.*';
    return whole === '?' ? '.' : `\\${whole}`;
  });
  const regExp = new RegExp(`^${source}$`, 's');
  return (text) => regExp.test(text);
}

const count = (keys: readonly string[], what: (key: string) => boolean): number =>
  keys.filter((key) => what(key)).length;

/** Everything in one go: there is no need to be gentle with a server that is not there. */
function scan({keys}: Server, args: readonly string[]): Reply {
  const conditions: ((key: string) => boolean)[] = [];
  for (let index = 1; index < args.length; index += 2) {
    const option = args[index]?.toUpperCase();
    const value = args[index + 1];
    if (value === undefined) throw syntaxError();
    if (option === 'MATCH') conditions.push(matcher(value));
    else if (option === 'TYPE') conditions.push((key) => keys.typeOf(key) === value.toLowerCase());
    else if (option !== 'COUNT') throw syntaxError();
  }
  return ['0', keys.keys().filter((key) => conditions.every((isMet) => isMet(key)))];
}

/** Commands for keys of any kind. */
export const keyCommands: Commands = {
  DEL: command([1, MANY], (server, keys) => count(keys, (key) => server.keys.delete(key))),
  UNLINK: command([1, MANY], (server, keys) => count(keys, (key) => server.keys.delete(key))),
  EXISTS: command([1, MANY], (server, keys) => count(keys, (key) => server.keys.has(key))),
  TYPE: command([1], ({keys}, [key]) => new Status(keys.typeOf(key))),
  PTTL: command([1], (server, [key]) => left(server, key)),
  TTL: command([1], (server, [key]) => {
    const leftMs = left(server, key);
    return leftMs < 0 ? leftMs : Math.round(leftMs / 1000);
  }),
  PEXPIRE: command([2], (server, [key, ms]) =>
    expireAt(server, 'pexpire', key, server.keys.now() + integer(ms)),
  ),
  EXPIRE: command([2], (server, [key, seconds]) =>
    expireAt(server, 'expire', key, server.keys.now() + integer(seconds) * 1000),
  ),
  PEXPIREAT: command([2], (server, [key, at]) => expireAt(server, 'pexpireat', key, integer(at))),
  PERSIST: command([1], (server, [key]) => {
    if (left(server, key) < 0) return 0;
    server.keys.expire(key, Infinity);
    return 1;
  }),
  KEYS: command([1], ({keys}, [pattern]) => keys.keys().filter(matcher(pattern))),
  SCAN: command([1, MANY], scan),
};
