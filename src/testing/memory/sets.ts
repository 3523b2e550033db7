import {command, MANY, type Commands, type Server} from './command.js';
import type {Reply} from './reply.js';

function add({keys}: Server, [key = '', ...members]: readonly string[]): Reply {
  const set = keys.members(key) ?? new Set();
  const before = set.size;
  for (const member of members) set.add(member);
  keys.set(key, set);
  return set.size - before;
}

function remove({keys}: Server, [key = '', ...members]: readonly string[]): Reply {
  const set = keys.members(key);
  const gone = members.filter((member) => set?.delete(member)).length;
  if (set?.size === 0) keys.delete(key);
  return gone;
}

/** Commands for sets. */
export const setCommands: Commands = {
  SADD: command([2, MANY], add),
  SREM: command([2, MANY], remove),
  SCARD: command([1], ({keys}, [key]) => keys.members(key)?.size ?? 0),
  SMEMBERS: command([1], ({keys}, [key]) => [...(keys.members(key) ?? [])]),
  SISMEMBER: command([2], ({keys}, [key, member]) =>
    keys.members(key)?.has(member) === true ? 1 : 0,
  ),
};
