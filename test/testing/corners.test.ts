import {expect} from 'chai';
import {MemoryRedis} from 'holdfast/testing';

import {rejectionOf} from '../rejection.js';
import {Both} from './both.js';
import {told} from './told.js';

/** Commands on one key of a kind, from when there is none until it is gone again. */
const LIVES = [
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

/** Scripts that say what the library of Lua gives. */
const SAYINGS = [
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

describe('a node in memory and a server, in corners,', function () {
  this.timeout(60_000);

  let both: Both;

  before(async () => {
    both = await Both.start();
  });

  after(async () => {
    await both[Symbol.asyncDispose]();
  });

  beforeEach(async () => {
    await both.clear();
    await both.same('SET', 'text', 'x');
    await both.same('RPUSH', 'list', 'a', 'b', 'a', 'c', 'a');
    await both.same('HSET', 'hash', 'f', '1', 'g', 'x');
    await both.same('SADD', 'set', 'm');
    await both.same('ZADD', 'zset', '1', 'a', '2', 'b', '2', 'c', 'inf', 'z', '-inf', 'y');
  });

  const commands = {
    'sorted sets': [
      ['ZADD', 'zset', 'x', 'm'],
      ['ZADD', 'zset', '', 'm'],
      ['ZADD', 'zset', ' 1', 'm'],
      ['ZADD', 'zset', '1'],
      ['ZADD', 'zset', '1', 'm', '2'],
      ['ZADD', 'zset', 'CH', '5', 'a', '+inf', 'n', '-Infinity', 'o'],
      ['ZADD', 'zset', 'GT', 'CH', '4', 'a', '9', 'b'],
      ['ZADD', 'zset', 'LT', 'CH', '7', 'a', '0', 'b'],
      ['ZADD', 'zset', 'XX', 'CH', '7', 'none', '3', 'a'],
      ['ZADD', 'none', 'XX', '7', 'none'],
      ['EXISTS', 'none'],
      ['ZSCORE', 'zset', 'z'],
      ['ZSCORE', 'zset', 'y'],
      ['ZSCORE', 'zset', 'none'],
      ['ZSCORE', 'none', 'a'],
      ['ZCARD', 'none'],
      ['ZRANK', 'zset', 'b'],
      ['ZRANK', 'none', 'b'],
      ['ZCOUNT', 'zset', 'x', '1'],
      ['ZCOUNT', 'zset', '(1', '(inf'],
      ['ZCOUNT', 'none', '0', '1'],
      ['ZRANGE', 'zset', '0', '-1', 'WITHSCORES'],
      ['ZRANGE', 'zset', '0', '-1', 'NONSENSE'],
      ['ZREVRANGE', 'zset', '0', '1', 'withscores'],
      ['ZREVRANGE', 'zset', '-2', '-1'],
      ['ZRANGEBYSCORE', 'zset', '-inf', '+inf', 'LIMIT', '1', '2'],
      ['ZRANGEBYSCORE', 'zset', '-inf', '+inf', 'LIMIT', '1'],
      ['ZRANGEBYSCORE', 'zset', '-inf', '+inf', 'LIMIT', 'x', '2'],
      ['ZRANGEBYSCORE', 'zset', '-inf', '+inf', 'WITHSCORES'],
      ['ZRANGEBYSCORE', 'zset', '1', '2', 'NONSENSE'],
      ['ZREVRANGEBYSCORE', 'zset', '+inf', '(1'],
      ['ZPOPMIN', 'zset'],
      ['ZPOPMAX', 'zset', '2'],
      ['ZPOPMIN', 'none'],
      ['ZREM', 'zset', 'a', 'none'],
      ['ZREM', 'none', 'a'],
      ['ZREMRANGEBYRANK', 'zset', '0', '-1'],
      ['EXISTS', 'zset'],
      ['ZADD', 'text', '1', 'a'],
      ['ZCARD', 'list'],
    ],
    lists: [
      ['LREM', 'list', '-2', 'a'],
      ['LRANGE', 'list', '0', '-1'],
      ['LREM', 'none', '0', 'a'],
      ['LPOP', 'list', '2'],
      ['LPOP', 'list', '-1'],
      ['LPOP', 'list', 'x'],
      ['RPOP', 'none', '2'],
      ['RPOP', 'none'],
      ['RPOP', 'list', '9'],
      ['EXISTS', 'list'],
      ['LLEN', 'none'],
      ['LINDEX', 'none', '0'],
      ['LRANGE', 'none', '0', '1'],
      ['LTRIM', 'none', '0', '1'],
      ['LPUSH', 'other', 'a', 'b'],
      ['LTRIM', 'other', '5', '9'],
      ['EXISTS', 'other'],
      ['LPUSH', 'text', 'a'],
      ['LLEN', 'hash'],
    ],
    'sets and hashes': [
      ['SADD', 'set', 'm', 'n'],
      ['SREM', 'set', 'm', 'none'],
      ['SREM', 'none', 'm'],
      ['SISMEMBER', 'none', 'm'],
      ['SCARD', 'none'],
      ['SMEMBERS', 'none'],
      ['SREM', 'set', 'n'],
      ['EXISTS', 'set'],
      ['SADD', 'hash', 'm'],
      ['HSET', 'hash', 'f'],
      ['HSET', 'hash', 'f', '1', 'g'],
      ['HSET', 'set2', 'f', '1'],
      ['HGET', 'none', 'f'],
      ['HGETALL', 'none'],
      ['HLEN', 'none'],
      ['HEXISTS', 'none', 'f'],
      ['HDEL', 'none', 'f'],
      ['HINCRBY', 'hash', 'g', '1'],
      ['HINCRBY', 'hash', 'f', 'x'],
      ['HINCRBY', 'hash', 'new', '5'],
      ['HMGET', 'hash', 'f', 'none'],
      ['HDEL', 'hash', 'f', 'g', 'new'],
      ['EXISTS', 'hash'],
      ['HGET', 'text', 'f'],
    ],
    texts: [
      ['SET', 'k', 'v', 'NX', 'XX'],
      ['SET', 'k', 'v', 'PX'],
      ['SET', 'k', 'v', 'PX', '0'],
      ['SET', 'k', 'v', 'EX', '-1'],
      ['SET', 'k', 'v', 'PX', 'x'],
      ['SET', 'k', 'v', 'PX', '9', 'EX', '9'],
      ['SET', 'k', 'v', 'PX', '99999', 'KEEPTTL'],
      ['SET', 'k', 'v', 'NONSENSE'],
      ['SET', 'k', 'v', 'XX'],
      ['SET', 'k', 'v', 'GET'],
      ['SET', 'list', 'v', 'GET'],
      ['SET', 'k', 'v', 'EX', '9'],
      ['SETNX', 'k', 'w'],
      ['GETDEL', 'k'],
      ['GETDEL', 'none'],
      ['MGET', 'text', 'none', 'list'],
      ['STRLEN', 'none'],
      ['INCR', 'text'],
      ['DECR', 'count'],
      ['INCRBY', 'count', 'x'],
      ['INCRBY', 'count', '9223372036854775807'],
      ['INCRBY', 'count', '2'],
      ['INCRBY', 'count', '9223372036854775808'],
      ['INCRBY', 'count', '-0'],
      ['GET', 'list'],
    ],
    keys: [
      ['TTL', 'none'],
      ['TTL', 'text'],
      ['PTTL', 'text'],
      ['EXPIRE', 'text', '100'],
      ['TTL', 'text'],
      ['PERSIST', 'text'],
      ['PERSIST', 'text'],
      ['PERSIST', 'none'],
      ['EXPIRE', 'none', '1'],
      ['PEXPIRE', 'text', 'x'],
      ['PEXPIRE', 'text', '-1'],
      ['EXISTS', 'text', 'list', 'list'],
      ['TYPE', 'list'],
      ['TYPE', 'hash'],
      ['TYPE', 'set'],
      ['TYPE', 'zset'],
      ['UNLINK', 'list', 'none'],
      ['KEYS', 'h*h'],
      ['KEYS', 'z?et'],
      ['KEYS', '[hs]*[!x]'],
      ['KEYS', String.raw`\*`],
      ['SCAN', '0', 'MATCH', 'h*', 'COUNT', '100'],
      ['SCAN', '0', 'TYPE', 'zset', 'COUNT', '100'],
      ['SCAN', '0', 'MATCH'],
      ['SCAN', '0', 'NONSENSE', '1'],
      ['PEXPIREAT', 'hash', '1'],
      ['EXISTS', 'hash'],
      ['DBSIZE'],
    ],
    servers: [
      ['PING'],
      ['PING', 'x'],
      ['PING', 'x', 'y'],
      ['ECHO', 'x'],
      ['ECHO'],
      ['GET'],
      ['GET', 'a', 'b'],
      ['PUBLISH', 'channel', 'x'],
      ['PUBSUB', 'NUMSUB'],
      ['PUBSUB', 'SHARDNUMSUB', 'channel'],
      ['SCRIPT', 'EXISTS', 'ffffffffffffffffffffffffffffffffffffffff'],
      ['EVALSHA', 'ffffffffffffffffffffffffffffffffffffffff', '0'],
      ['EVAL', 'return 1', '-1'],
      ['EVAL', 'return 1', '2', 'a'],
      ['EVAL', 'return 1', 'x'],
      ['EVAL', 'return KEYS[1] .. ARGV[1]', '1', 'a', 'b'],
      ['FLUSHDB'],
      ['DBSIZE'],
    ],
  };
  for (const [kind, calls] of Object.entries(commands)) {
    it(`answer alike to commands for ${kind}`, async () => {
      for (const [command = '', ...args] of calls) await both.same(command, ...args);
    });
  }

  for (const life of LIVES) {
    it(`answer alike through the life of a key: ${life}`, async () => {
      await both.clear();
      for (const words of life.split('|')) {
        const [command = '', ...args] = words.split(' ');
        await both.same(command, ...args);
      }
    });
  }

  for (const saying of SAYINGS) {
    it(`say alike: ${saying}`, async () => {
      await both.same('EVAL', saying, '0');
    });
  }

  it('have the same library for scripts', async () => {
    const expressions = [
      'tostring(nil), tostring(true), string.sub(tostring({}), 1, 5), string.sub(tostring(type), 1, 9)',
      'unpack({1, 2, 3}, 2), unpack({1, 2, 3}, 2, 4), unpack({}), select(3, 1, 2), select(-1, 1, 2, 3)',
      "next({7}), next({7}, 1), next({a = 1}, 'a')",
      "assert(1, 'x'), (pcall(assert, false)), (pcall(assert, nil, 'why')), select(2, pcall(assert, false, 'why')), 0",
      'pcall(nil), (pcall({})), select(2, pcall(error)), (pcall(error, {})), 0',
      'math.fmod(7, 3), math.fmod(-7, 3), math.pow(2, 8), math.sqrt(49), math.abs(-0.5)',
      "table.concat({}), table.concat({'a'}, ','), table.getn({1, 2}), #table.concat({1, 2.5, 'x'})",
      '(pcall(table.concat, {{}})), (pcall(table.concat, 1)), (pcall(table.insert, nil, 1)), 0',
      "(pcall(string.rep)), (pcall(string.len, {})), (pcall(string.sub)), (pcall(string.format, '%d')), (pcall(string.format, '%d', 'x')), 0",
      "string.rep('x', 0), string.rep('x', -1), string.rep(5, 2), string.len(12)",
      "string.find('abc', 'c', -1), string.find('abc', 'a', -1), string.find('a+b', '+', 1, true), string.find('abc', 'd', 1, true)",
      "string.find('key: 12', '(%a+): (%d+)'), string.find('', ''), string.find('abc', '^b')",
      "string.match('abc', 'd'), string.match('2024-05', '(%d+)-(%d+)')",
      "string.match('x]y', '[]]'), string.match('a-b', '[a%-]+'), string.match('abc', '[^a]+'), string.match('aXb', '%u'), string.match('a.b', '%W')",
      "string.match('<<x>>', '<(.-)>'), string.match('aaa', 'a-$'), string.match('ab', 'a?b+'), string.match('x$', 'x%$'), string.match('$x', '$x')",
      "string.gsub('abc', '(a)(b)', '%2%1'), string.gsub('aaa', 'a', 'b', 2), string.gsub('abc', '%w', function(c) if c == 'b' then return false end return c .. c end)",
      "string.gsub('a=1, b=2', '(%w)=(%w)', {a = 'x'}), string.gsub('abc', 'b', '%%'), string.gsub('abc', '(b)', function() return nil end)",
      "(function() local all = '' for k, v in string.gmatch('a=1, b=2', '(%w)=(%w)') do all = all .. k .. v end for w in string.gmatch('x yy', '%a+') do all = all .. w end return all end)()",
      "string.format('%5s|%-5s|%.2s', 'ab', 'ab', 'abc'), string.format('%05d|%+d|%+.1f', -42, -5, 2.25), string.format('%.0f %.0f %.2f %.0f', 0.5, 1.5, 0.125, 1e22), string.format('%.2f', 1e22), string.format('%i %u', 3.7, 9)",
      "string.format('%g %g %g %g', 0, 100000, 1000000, 123456789), string.format('%.3g', 0.00001234), string.format('%g', -1.5), string.format('%5.1f|', 2)",
      "string.format('%d', -3.9), (pcall(string.format, '%s', nil)), (pcall(string.format, '%s', true)), string.format('%x', 4096), string.format('%.0f', 1e22), string.format('%f', 1/0)",
      "(pcall(string.format, '%y', 1)), string.byte('abc', 2), string.byte('abc', 1, 3), string.byte('abc', -1), string.byte(''), string.char()",
      "tonumber('0x1F'), tonumber('-0x1f'), tonumber('inf') ~= nil, tonumber('1e'), tonumber('.5'), tonumber('5.'), tonumber('1 2'), tonumber({}), tonumber('ff', 16), tonumber('8', 8)",
      "tostring(-0.0) == '-0' or tostring(-0.0) == '0', tostring(0/0) ~= '', 1e100 .. '', 123456789012345 .. '', 0.1 + 0.2 .. ''",
      "'a' < 'b', 'a' <= 'a', 'b' > 'a', 'b' >= 'c', 2 >= 1, (pcall(function() return 1 < 'x' end)), (pcall(function() return {} <= {} end)), 0",
      "(pcall(function() return {} .. 'x' end)), (pcall(function() return #5 end)), (pcall(function() return 1 + {} end)), (pcall(function() return -{} end)), 0",
      "(pcall(function() local t = nil; return t.x end)), (pcall(function() local t = 5; t.x = 1 end)), (pcall(function() local f = 'x'; f() end)), (pcall(function() local t = {}; t.f() end)), 0",
      "(pcall(function() local t = {} t[nil] = 1 end)), (pcall(function() local t = {} t[0/0] = 1 end)), ({})[1], ({[0] = 'z'})[0], ({[1.5] = 'h'})[1.5]",
      "(pcall(function() return undefined_variable end)), (pcall(function() undefined_variable = 1 end)), ('x').y, ('abc'):len(), ('%d'):format(3)",
      "redis.error_reply('MY fault').err, redis.status_reply('OK').ok, redis.sha1hex(''), redis.LOG_WARNING, type(redis.log)",
      "(pcall(redis.call, 'GET')), (pcall(redis.call, 'NONSENSE')), (pcall(redis.call, {})), (pcall(redis.call)), (pcall(redis.call, 'GET', nil)), 0",
      "redis.pcall('NONSENSE').err, redis.pcall('GET').err, redis.pcall('GET', 'list').err, type(redis.call('TIME')[1]), redis.call('GET', 'none')",
      "redis.call('SET', 'n', 12345678901234567890) and redis.call('GET', 'n'), redis.call('SET', 'n', 1.5) and redis.call('GET', 'n'), redis.call('SET', 'n', -7) and redis.call('GET', 'n')",
    ];
    for (const expression of expressions) await both.same('EVAL', told(expression), '0');
  });

  it('run the same language', async () => {
    const bodies = [
      'for i = 1, 0 do return i end return 7',
      'for i = 1, 9 do if i == 3 then break end end for i = 3, 1, -1 do if i == 2 then return i end end',
      'local i = 0 while i < 5 do i = i + 1 if i == 3 then return i end end',
      'local i = 0 repeat i = i + 1 if i == 2 then break end until i > 5 return i',
      'local i = 0 repeat i = i + 1 if i == 2 then return 20 + i end until i > 5',
      'for k, v in pairs({a = 1}) do return k .. v end',
      'for k in pairs({a = 1, b = 2}) do break end for i, v in ipairs({5}) do return {i, v} end',
      'if nil then return 1 elseif false then return 2 end',
      'if nil then return 1 elseif 0 then return 2 else return 3 end',
      'local function f() end return {f() == nil and 1 or 0, (f())}',
      'local function f(a, b) return b, a end local x, y, z = f(1, 2) return {x, y, z == nil and 1 or 0}',
      'local t = {f = function(x) return x end} return {t.f(3), t["f"](4), (t.f)(5)}',
      'local function g(t) return t[1] or t end return {g{7}, g"text", g[[long]]}',
      'local t = {} t.a, t.b = 1, 2 t["c"] = 3 return {t.a, t.b, t.c}',
      'local t = {1, 2, 3} t[#t] = nil t[5] = 5 t[3] = 3 t[4] = 4 return {#t, t[5]}',
      'local t = {(function() return 1, 2 end)(), (function() return 1, 2 end)()} return t',
      'local function deep() local a = 1 return function() return function() a = a + 1 return a end end end local f = deep()() f() return f()',
      'local function va(...) local a, b = ... return {a, b, select("#", ...)} end return va(1, nil, 3)',
      'return',
      'return nil',
      'return {false, 1}',
      "return {err = 'MY fault'}",
      "return redis.error_reply('MY fault')",
      "return {1, {err = 'MY fault'}, {ok = 'FINE'}, 3.99}",
      'return 0/0 == 0/0 and 1 or 2',
      "error('MY fault')",
      "error({err = 'MY fault'})",
      "return redis.call('NONSENSE')",
      "return redis.call('GET', 'list')",
      "return redis.pcall('GET', 'list')",
      "return redis.call('LRANGE', 'list', 0, -1)",
      "return redis.call('PING')",
      "return redis.call('GET', 'none')",
      'x = 1',
      'return y',
      'local t = 5 return t.x.y',
      'return nothing()',
    ];
    for (const body of bodies) await both.same('EVAL', body, '0');
  });

  it('refuse a script that is no Lua', async () => {
    for (const client of both.clients) {
      for (const body of ['return (', 'local a <const> = 1', 'end']) {
        const error = await rejectionOf(client.send('EVAL', [body, '0']));
        expect(String(error)).to.match(/ERR Error compiling script/);
      }
    }
  });
});

describe('a node in memory', () => {
  it('says so when it does not know a pattern of Lua, a subcommand or a statement', async () => {
    const redis = new MemoryRedis();
    const refused = [
      ...['%bxy', '%f[a]', '()', '[%W]', '[a', '%1'].map((pattern) => [
        'EVAL',
        `return string.match('x', '${pattern}')`,
        '0',
      ]),
      ['SCRIPT', 'KILL'],
      ['PUBSUB', 'CHANNELS'],
      ['XADD', 'stream', '*', 'a', 'b'],
    ];

    for (const [command = '', ...args] of refused) {
      const error = await rejectionOf(redis.send(command, args));
      expect(String(error)).to.match(/does not know|malformed|unknown/);
    }
  });
});
