import {Both} from './both.js';

const COMMANDS = [
  'ZCARD z|ZSCORE z a|ZRANK z a|ZCOUNT z 0 1|ZRANGE z 0 -1|ZREM z a|ZPOPMIN z|ZREMRANGEBYSCORE z 0 1',
  'ZADD z 1 a 2 b -inf c +inf d 3 e|ZRANGE z 0 -1 WITHSCORES|ZREVRANGE z 0 1|ZREVRANGE z 0 1 WITHSCORES',
  'ZADD z|ZADD z 1|ZADD z x a|ZADD z NX 1|ZADD z NX 9 a 9 f|ZADD z XX CH 8 a 8 g|ZADD z GT 1 a 9 a|ZADD z LT CH 9 a 1 a',
  'ZADD empty XX 1 a|EXISTS empty|ZSCORE z d|ZSCORE z c|ZSCORE z none|ZRANK z b|ZRANK z none',
  'ZRANGEBYSCORE z (1 (9|ZRANGEBYSCORE z -inf inf WITHSCORES LIMIT 1 2|ZRANGEBYSCORE z 0 9 LIMIT 1 -1|ZRANGEBYSCORE z 0 9 LIMIT 1',
  'ZRANGEBYSCORE z 0 9 OTHER|ZRANGEBYSCORE z x 9|ZREVRANGEBYSCORE z inf (1 WITHSCORES|ZRANGE z 0 1 OTHER|ZCOUNT z (1 (9',
  'ZREMRANGEBYRANK z 0 0|ZREMRANGEBYSCORE z 9 9|ZPOPMAX z|ZPOPMIN z 2|ZREMRANGEBYSCORE z -inf inf|EXISTS z|ZREMRANGEBYRANK z 0 -1',
  'ZADD z 1 a|ZPOPMAX z 5|EXISTS z|ZADD z 1 a|ZREM z a b|EXISTS z',
  'LLEN l|LINDEX l 0|LRANGE l 0 -1|LPOP l|RPOP l 2|LREM l 0 a|LTRIM l 0 1|EXISTS l',
  'RPUSH l a b a c a|LREM l -1 a|LREM l 1 a|LRANGE l 0 -1|LINDEX l -1|LINDEX l 9|LINDEX l x|LPOP l -1|LPOP l x|LPOP l 2|RPOP l|EXISTS l',
  'RPUSH l a b c|LTRIM l 1 1|LRANGE l 0 -1|LTRIM l 5 9|EXISTS l|LPUSH l a b|LREM l 0 a|LREM l 0 b|EXISTS l|LPOP l 0',
  'SCARD s|SMEMBERS s|SISMEMBER s a|SREM s a|SADD s a a|SADD s a b|SCARD s|SISMEMBER s a|SISMEMBER s c|SREM s a b c|EXISTS s',
  'HGET h a|HGETALL h|HDEL h a|HLEN h|HEXISTS h a|HMGET h a b|HINCRBY h a 2|HSET h b|HSET h b 1 c 2|HGETALL h|HDEL h a b c d|EXISTS h',
  'HSET h t text|HINCRBY h t 1|HINCRBY h n x|HVALS h|HKEYS h|HSETNX h t 1|HSETNX h u 1|DEL h|RPUSH l a|SADD l a|HGET l a|ZCARD l|GET l|DEL l',
];

const LUA = [
  'return {tonumber("ff", 16) or "none", tonumber("zz", 10) or "none", tostring(nil), tostring(true), tonumber("") or "none"}',
  'return {select("#", 1, 2, 3), select(-1, 1, 2, 3), select(2, "a", "b", "c")}',
  'return {unpack({1, 2, 3}, 2)}',
  'return {unpack({1, 2, 3}, 1, 2)}',
  'local ok, why = pcall(5) return {tostring(ok), why}',
  'local ok, why = pcall(error, "no") return {tostring(ok), why}',
  'local ok, why = pcall(assert, false, "so") return {tostring(ok), why}',
  'local ok, why = pcall(assert, nil) return {tostring(ok), why}',
  'return {math.max(1, 5, 3), math.min(4, 2), math.abs(-3), math.fmod(7, 3), math.ceil(1.2), math.floor(-1.2), math.pow(2, 5), math.sqrt(49)}',
  'local t = {1, 2} table.insert(t, 1, 0) table.insert(t, 9) local last = table.remove(t) return {#t, last, table.concat(t, ","), table.remove(t, 1)}',
  'return {next({}) or "none", next({5}), table.concat({}), table.concat({1, 2, 3}, "-", 2, 3)}',
  'return {string.rep("ab", 3), string.rep("ab", 0), string.reverse("abc"), string.upper("a"), string.lower("B"), string.len("abc"), string.byte("a"), string.char(65, 66)}',
  'return {string.sub("hello", 2), string.sub("hello", -3, -2), string.sub("hello", 9), string.find("hello", "l"), string.find("a.b", ".", 1, true), string.find("abc", "x") or "none"}',
  'return {string.format("%d %s %5.2f %x %%", 3, "a", 1.5, 255), string.format("%05d|%-5s|", 42, "a"), string.gsub("hello", "l", "L", 1)}',
  'return {string.match("key=value", "(%w+)=(%w+)"), string.match("abc", "%d") or "none", string.gsub("abc", "%w", "%0%0"), string.gsub("abc", "b", {b = "x"})}',
  'return {tostring(1/0), tostring(-1/0), tostring(1e15), tostring(1e100), tostring(0.1), 7 % 3, -7 % 3, 2 ^ 10}',
];

describe('what is seldom used of a node in memory', () => {
  let both: Both;

  before(async () => {
    both = await Both.start();
  });

  beforeEach(() => both.clear());

  after(() => both[Symbol.asyncDispose]());

  for (const line of COMMANDS) {
    it(`is what a server does: ${line}`, async () => {
      for (const words of line.split('|')) {
        const [command = '', ...args] = words.split(' ');
        await both.same(command, ...args);
      }
    });
  }

  for (const text of LUA) {
    it(`is what a script says there: ${text}`, async () => {
      await both.same('EVAL', text, '0');
    });
  }
});
