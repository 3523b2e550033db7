import {command, integer, MANY, pairs, range, type Commands, type Server} from './command.js';
import {SortedSet} from './keyspace.js';
import {ReplyError, syntaxError, type Reply} from './reply.js';

type Scored = readonly [member: string, score: number];

function score(text: string): number {
  const number = /^[+-]?inf(?:inity)?$/i.test(text)
    ? text.startsWith('-')
      ? -Infinity
      : Infinity
    : Number(text);
  if (text.trim() === text && text !== '' && !Number.isNaN(number)) return number;
  throw new ReplyError('ERR value is not a valid float');
}

function bound(text: string): {readonly at: number; readonly isOut: boolean} {
  const isOut = text.startsWith('(');
  try {
    return {at: score(isOut ? text.slice(1) : text), isOut};
  } catch {
    throw new ReplyError('ERR min or max is not a float');
  }
}

/** Whether a score lies between two bounds, each of which leaves itself out when it begins with "(". */
function between(from: string, to: string): (score: number) => boolean {
  const least = bound(from);
  const most = bound(to);
  return (each) =>
    (least.isOut ? each > least.at : each >= least.at) &&
    (most.isOut ? each < most.at : each <= most.at);
}

const textOfScore = (each: number): string => {
  if (Number.isFinite(each)) return String(each);
  return each > 0 ? 'inf' : '-inf';
};

const listed = (entries: readonly Scored[], withScores: boolean): Reply =>
  entries.flatMap(([member, each]) => (withScores ? [member, textOfScore(each)] : [member]));

function add({keys}: Server, [key = '', ...words]: readonly string[]): Reply {
  const flags = new Set<string>();
  let from = 0;
  for (; ['NX', 'XX', 'GT', 'LT', 'CH'].includes((words[from] ?? '').toUpperCase()); from += 1) {
    flags.add((words[from] ?? '').toUpperCase());
  }
  const rest = words.slice(from);
  if (rest.length === 0 || rest.length % 2 === 1) throw syntaxError();
  const entries = [...pairs(rest)].map(([text, member]): Scored => [member, score(text)]);
  const set = keys.sortedSet(key) ?? new SortedSet();
  let added = 0;
  let changed = 0;
  for (const [member, each] of entries) {
    const old = set.scores.get(member);
    if (old === undefined ? flags.has('XX') : flags.has('NX')) continue;
    if (old !== undefined && ((flags.has('GT') && each <= old) || (flags.has('LT') && each >= old)))
      continue;
    if (old === undefined) added += 1;
    if (old !== each) changed += 1;
    set.scores.set(member, each);
  }
  if (set.scores.size > 0) keys.set(key, set);
  return flags.has('CH') ? changed : added;
}

function byScore(
  {keys}: Server,
  key: string,
  bounds: readonly [string, string],
  words: readonly string[],
  isReversed: boolean,
): Reply {
  const isInside = between(...bounds);
  let withScores = false;
  let part = {offset: 0, most: -1};
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index]?.toUpperCase();
    if (word === 'WITHSCORES') withScores = true;
    else if (word === 'LIMIT' && index + 2 < words.length) {
      part = {offset: integer(words[index + 1] ?? ''), most: integer(words[index + 2] ?? '')};
      index += 2;
    } else throw syntaxError();
  }
  const {offset, most} = part;
  const inside = inOrder(keys.sortedSet(key)).filter(([, each]) => isInside(each));
  const entries = isReversed ? inside.toReversed() : inside;
  return listed(entries.slice(offset, most < 0 ? undefined : offset + most), withScores);
}

function byRank(
  {keys}: Server,
  [key, from, to, ...words]: readonly [string, string, string, ...string[]],
  isReversed: boolean,
): Reply {
  const options = words.map((word) => word.toUpperCase());
  if (options.some((word) => word !== 'WITHSCORES')) throw syntaxError();
  const part = range(from, to);
  const entries = inOrder(keys.sortedSet(key));
  return listed(part(isReversed ? entries.toReversed() : entries), options.length > 0);
}

function remove(
  {keys}: Server,
  key: string,
  isGone: (entry: Scored, rank: number) => boolean,
): Reply {
  const set = keys.sortedSet(key);
  const gone = inOrder(set).filter((entry, place) => isGone(entry, place));
  for (const [member] of gone) set?.scores.delete(member);
  if (set?.scores.size === 0) keys.delete(key);
  return gone.length;
}

function pop(
  {keys}: Server,
  [key = '', count = '1']: readonly string[],
  end: 'shift' | 'pop',
): Reply {
  const set = keys.sortedSet(key);
  const entries = inOrder(set);
  const taken: Scored[] = [];
  while (entries.length > 0 && taken.length < integer(count)) {
    const entry = entries[end]();
    if (entry !== undefined) taken.push(entry);
  }
  for (const [member] of taken) set?.scores.delete(member);
  if (set?.scores.size === 0) keys.delete(key);
  return listed(taken, true);
}

function rank({keys}: Server, key: string, member: string): Reply {
  const place = inOrder(keys.sortedSet(key)).findIndex(([each]) => each === member);
  return place < 0 ? null : place;
}

const inOrder = (set: SortedSet | undefined): Scored[] => set?.inOrder() ?? [];

/** Commands for sorted sets. */
export const sortedSetCommands: Commands = {
  ZADD: command([3, MANY], add),
  ZCARD: command([1], ({keys}, [key]) => keys.sortedSet(key)?.scores.size ?? 0),
  ZSCORE: command([2], ({keys}, [key, member]) => {
    const each = keys.sortedSet(key)?.scores.get(member);
    return each === undefined ? null : textOfScore(each);
  }),
  ZRANK: command([2], (server, [key, member]) => rank(server, key, member)),
  ZCOUNT: command([3], ({keys}, [key, from, to]) => {
    const isInside = between(from, to);
    return inOrder(keys.sortedSet(key)).filter(([, each]) => isInside(each)).length;
  }),
  ZRANGE: command([3, MANY], (server, args) => byRank(server, args, false)),
  ZREVRANGE: command([3, MANY], (server, args) => byRank(server, args, true)),
  ZRANGEBYSCORE: command([3, MANY], (server, [key, from, to, ...words]) =>
    byScore(server, key, [from, to], words, false),
  ),
  ZREVRANGEBYSCORE: command([3, MANY], (server, [key, to, from, ...words]) =>
    byScore(server, key, [from, to], words, true),
  ),
  ZREM: command([2, MANY], (server, [key, ...members]) =>
    remove(server, key, ([member]) => members.includes(member)),
  ),
  ZREMRANGEBYSCORE: command([3], (server, [key, from, to]) => {
    const isInside = between(from, to);
    return remove(server, key, ([, each]) => isInside(each));
  }),
  ZREMRANGEBYRANK: command([3], (server, [key, from, to]) => {
    const part = range(from, to);
    const all = inOrder(server.keys.sortedSet(key)).map((_, place) => place);
    const gone = new Set(part(all));
    return remove(server, key, (_, place) => gone.has(place));
  }),
  ZPOPMIN: command([1, 2], (server, args) => pop(server, args, 'shift')),
  ZPOPMAX: command([1, 2], (server, args) => pop(server, args, 'pop')),
};
