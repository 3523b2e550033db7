import {command, integer, MANY, pairs, sum, type Commands, type Server} from './command.js';
import {OK, ReplyError, type Reply} from './reply.js';

function open({keys}: Server, key: string): Map<string, string> {
  const known = keys.hash(key);
  if (known !== undefined) return known;
  const hash = new Map<string, string>();
  keys.set(key, hash);
  return hash;
}

function setFields(server: Server, name: string, [key = '', ...rest]: readonly string[]): number {
  if (rest.length % 2 === 1) {
    throw new ReplyError(`ERR wrong number of arguments for '${name}' command`);
  }
  const hash = open(server, key);
  const before = hash.size;
  for (const [field, value] of pairs(rest)) hash.set(field, value);
  return hash.size - before;
}

function deleteFields({keys}: Server, [key = '', ...fields]: readonly string[]): Reply {
  const hash = keys.hash(key);
  const gone = fields.filter((field) => hash?.delete(field)).length;
  if (hash?.size === 0) keys.delete(key);
  return gone;
}

function increase(server: Server, key: string, field: string, by: string): Reply {
  integer(by);
  const stored = server.keys.hash(key)?.get(field) ?? '0';
  const next = sum(stored, by, () => new ReplyError('ERR hash value is not an integer'));
  open(server, key).set(field, next);
  return Number(next);
}

/** Commands for hashes. */
export const hashCommands: Commands = {
  HGET: command([2], ({keys}, [key, field]) => keys.hash(key)?.get(field) ?? null),
  HMGET: command([2, MANY], ({keys}, [key, ...fields]) => {
    const hash = keys.hash(key);
    return fields.map((field) => hash?.get(field) ?? null);
  }),
  HGETALL: command([1], ({keys}, [key]) => [...(keys.hash(key) ?? [])].flat()),
  HSET: command([3, MANY], (server, args) => setFields(server, 'hset', args)),
  HMSET: command([3, MANY], (server, args) => {
    setFields(server, 'hmset', args);
    return OK;
  }),
  HSETNX: command([3], (server, [key, field, value]) => {
    if (server.keys.hash(key)?.has(field) === true) return 0;
    open(server, key).set(field, value);
    return 1;
  }),
  HDEL: command([2, MANY], deleteFields),
  HEXISTS: command([2], ({keys}, [key, field]) => (keys.hash(key)?.has(field) === true ? 1 : 0)),
  HLEN: command([1], ({keys}, [key]) => keys.hash(key)?.size ?? 0),
  HKEYS: command([1], ({keys}, [key]) => [...(keys.hash(key)?.keys() ?? [])]),
  HVALS: command([1], ({keys}, [key]) => [...(keys.hash(key)?.values() ?? [])]),
  HINCRBY: command([3], (server, [key, field, by]) => increase(server, key, field, by)),
};
