import {command, integer, MANY, range, type Commands, type Server} from './command.js';
import {OK, ReplyError, type Reply} from './reply.js';

function push({keys}: Server, key: string, add: (list: string[]) => void): Reply {
  const list = keys.list(key) ?? [];
  add(list);
  keys.set(key, list);
  return list.length;
}

const notPositive = (): ReplyError => new ReplyError('ERR value is out of range, must be positive');

function pop({keys}: Server, [key = '', count]: readonly string[], end: 'shift' | 'pop'): Reply {
  const most = count === undefined ? 1 : integer(count, notPositive);
  if (most < 0) throw notPositive();
  const list = keys.list(key);
  const taken: string[] = [];
  for (let left = Math.min(most, list?.length ?? 0); left > 0; left -= 1) {
    taken.push(list?.[end]() ?? '');
  }
  if (list?.length === 0) keys.delete(key);
  if (count !== undefined) return list === undefined ? null : taken;
  return taken[0] ?? null;
}

function remove({keys}: Server, key: string, count: number, value: string): Reply {
  const list = keys.list(key) ?? [];
  let left = count === 0 ? Infinity : Math.abs(count);
  const kept = (count < 0 ? list.toReversed() : list).filter((each) => {
    if (each !== value || left === 0) return true;
    left -= 1;
    return false;
  });
  if (kept.length === 0) keys.delete(key);
  else keys.set(key, count < 0 ? kept.toReversed() : kept);
  return list.length - kept.length;
}

/** Commands for lists. */
export const listCommands: Commands = {
  LLEN: command([1], ({keys}, [key]) => keys.list(key)?.length ?? 0),
  LINDEX: command([2], ({keys}, [key, index]) => keys.list(key)?.at(integer(index)) ?? null),
  LRANGE: command([3], ({keys}, [key, from, to]) => range(from, to)(keys.list(key) ?? [])),
  LPUSH: command([2, MANY], (server, [key, ...values]) =>
    push(server, key, (list) => list.unshift(...values.toReversed())),
  ),
  RPUSH: command([2, MANY], (server, [key, ...values]) =>
    push(server, key, (list) => list.push(...values)),
  ),
  LPOP: command([1, 2], (server, args) => pop(server, args, 'shift')),
  RPOP: command([1, 2], (server, args) => pop(server, args, 'pop')),
  LREM: command([3], (server, [key, count, value]) => remove(server, key, integer(count), value)),
  LTRIM: command([3], ({keys}, [key, from, to]) => {
    const part = range(from, to);
    const list = keys.list(key);
    if (list === undefined) return OK;
    const kept = part(list);
    if (kept.length === 0) keys.delete(key);
    else keys.set(key, kept);
    return OK;
  }),
};
