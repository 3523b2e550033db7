import type {Ask} from '#internal/redis/ask.js';
import {Node} from '#internal/redis/node.js';
import {argumentsOf} from '#internal/redis/script-call.js';
import * as scripts from '#internal/redis/scripts.generated.js';
import {acquire, extend, LeaseNames, leave, raise, release} from '#internal/redis/scripts.js';
import {expect} from 'chai';
import * as fc from 'fast-check';
import type {NodeError} from 'holdfast';
import {MemoryRedis} from 'holdfast/testing';
import {readdirSync, readFileSync} from 'node:fs';

import {ROOT} from '../docs/pages.js';
import {deferredMessages} from './deferred-messages.js';
import {Both} from './both.js';
import {callOf} from './leases.js';
import {told} from './told.js';

// A counter that stands above the clock is counted on as it is, so both nodes give the same fences.
const ABOVE_CLOCK = String(2 ** 52);

const TTL_MS = 60_000;
const names = new LeaseNames(['a'], 'lock:');
const [LOCK = '', FENCE = ''] = names.keys;
const [CHANNEL = ''] = names.channels;

const textOf = (name: string): string =>
  Object.entries(scripts).find(([each]) => each === name)?.[1].text ?? '';

/** What a server is told to run for it, as the library would tell it. */
const callOfAsk = (ask: Ask<unknown>): string[] => [
  textOf(ask.script),
  String(ask.keys.length),
  ...ask.keys,
  ...argumentsOf(ask, 'PUBLISH'),
];

/** A reply without the time that it tells to wait. */
const statusOf = (reply: unknown): unknown =>
  Array.isArray(reply) && reply[0] === 0 ? [0] : reply;

describe('a node in memory and a server', function () {
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
    await both.same('SET', FENCE, ABOVE_CLOCK, 'PX', '600000');
  });

  /** What both say to what the library asks. */
  const ask = (asked: Ask<unknown>): Promise<unknown> => both.same('EVAL', ...callOfAsk(asked));
  const take = (token: string): Promise<unknown> => ask(acquire(callOf(token), TTL_MS));

  it('take, number and deny locks alike', async () => {
    expect(await take('first')).to.deep.equal([1, 2 ** 52 + 1]);
    expect(await take('first')).to.have.length(2);
    const node = new Node(0, both.memory);
    const denied = await node.run(acquire(callOf('second'), TTL_MS));
    expect(denied.vote).to.equal('no');
    expect(denied.value).to.be.within(TTL_MS - 5000, TTL_MS);
    await both.same('GET', LOCK);
    await both.same('GET', FENCE);
    expect(await both.similar('PTTL', LOCK)).to.be.above(TTL_MS - 10_000);
    expect(await both.similar('PTTL', FENCE)).to.be.above(9 * TTL_MS);
  });

  it('take several locks together or none of them', async () => {
    const locks = ['{t}a', '{t}b'];
    await both.same('SET', '{t}a:fence', ABOVE_CLOCK);
    await both.same('SET', '{t}b:fence', ABOVE_CLOCK);
    await ask(acquire(callOf('first', locks), TTL_MS));
    await both.same('DEL', '{t}a');

    await both.same('SET', '{t}b', 'other');
    expect(await ask(acquire(callOf('second', locks), TTL_MS))).to.deep.equal([0, -1]);
    expect(await both.same('EXISTS', '{t}a', '{t}b')).to.equal(1);
  });

  it('extend, raise, leave and release for the owner alone', async () => {
    await take('mine');
    for (const token of ['other', 'mine']) {
      const call = callOf(token);
      await ask(extend(call, 90_000, [2 ** 52 + 1]));
      await both.similar('PTTL', LOCK);
      await ask(raise(call, [2 ** 52 + 9]));
      await ask(raise(call, [2 ** 52 + 5]));
      await both.same('GET', FENCE);
      await ask(leave(call, 50_000, [2 ** 52 + 9]));
      await both.similar('PTTL', LOCK);
      await ask(release(call, [2 ** 52 + 20]));
      await both.same('GET', LOCK);
      await both.same('GET', FENCE);
    }
  });

  it('release the locks of several, and bring up their counters unless these are something else', async () => {
    const locks = ['{t}a', '{t}b', '{t}c', '{t}d'];
    for (const lock of locks) await both.same('SET', lock, 'mine');
    await both.same('SET', '{t}b', 'other');
    await both.same('SET', '{t}a:fence', '5');
    await both.same('SET', '{t}b:fence', '50');
    await both.same('RPUSH', '{t}c:fence', 'x');
    const asked = release(callOf('mine', locks), [20, 20, 20, 20]);

    expect(await ask(asked)).to.deep.equal([1, 0, 1, 1]);

    expect(await both.same('MGET', ...locks)).to.deep.equal([null, 'other', null, null]);
    const counters = locks.map((lock) => `${lock}:fence`);
    expect(await both.same('MGET', ...counters)).to.deep.equal(['20', '50', null, '20']);
    expect(await both.same('LRANGE', '{t}c:fence', '0', '-1')).to.deep.equal(['x']);
    expect(await both.similar('PTTL', '{t}d:fence')).to.be.above(9 * TTL_MS);
  });

  it('do a batch entry by entry, and bear one that fails', async () => {
    await both.same('RPUSH', 'lock:list', 'x');
    await both.same('SET', '{lock:b}:fence', 'no number');
    const outcomes = both.clients.map(async (client) => {
      const node = new Node(0, client);
      // In one turn, so that they travel together.
      const asked = [
        node.run(acquire(callOf('t1'), TTL_MS)),
        node.run(acquire(callOf('t2', ['lock:list']), TTL_MS)),
        node.run(acquire(callOf('t3', ['lock:b']), TTL_MS)),
        node.run(release(callOf('t1'), [])),
        node.run(acquire(callOf('t4'), TTL_MS)),
      ];
      const settled = await Promise.allSettled(asked);
      return settled.map((each) =>
        each.status === 'fulfilled' ? each.value : (each.reason as NodeError).replyCode,
      );
    });

    const [real, memory] = await Promise.all(outcomes);
    expect(memory).to.deep.equal(real);
    expect(memory).to.deep.include({vote: 'yes', value: [2 ** 52 + 2]});
    expect(memory).to.include.members(['WRONGTYPE', 'FENCE']);
    await both.same('MGET', LOCK, FENCE, 'lock:b', '{lock:b}:fence');
  });

  it('refuse alike what makes no sense', async () => {
    await both.same('RPUSH', 'list', 'x');
    const calls = [
      ['GET', 'list'],
      ['GET'],
      ['SET', 'a'],
      ['SET', 'a', 'b', 'PX'],
      ['SET', 'a', 'b', 'PX', '0'],
      ['SET', 'a', 'b', 'PX', 'x'],
      ['SET', 'a', 'b', 'NX', 'XX'],
      ['INCR', 'list'],
      ['HINCRBY', 'list', 'f', '1'],
      ['PEXPIRE', 'a', 'x'],
      ['NOSUCHCOMMAND', 'x'],
      ['EVALSHA', 'f'.repeat(40), '0'],
      ['EVAL', 'return 1', '-1'],
      ['EVAL', 'return 1', '2', 'a'],
      ['EVAL', "return redis.call('GET', 'list')", '0'],
      ['EVAL', "return redis.pcall('GET', 'list')", '0'],
      ['EVAL', "return redis.call('NOSUCHCOMMAND')", '0'],
      ['EVAL', "return redis.call('GET')", '0'],
      ['EVAL', "return redis.error_reply('MINE of my own')", '0'],
      ['EVAL', "error('mine')", '0'],
      ['EVAL', 'return 1 + {}', '0'],
      ['EVAL', 'return nothing', '0'],
      ['EVAL', 'local a; return a.b', '0'],
      ['EVAL', 'local a; return a()', '0'],
    ];
    for (const [command = '', ...args] of calls) {
      expect(await both.same(command, ...args), args.join(' ')).to.match(/^error: /);
    }
  });

  it('know a script once they have run it, and until it is flushed', async () => {
    const {sha1, text} = scripts.acquire;
    const call = [sha1, '2', LOCK, FENCE, '60000', '600000', 'token'];
    expect(await both.same('EVALSHA', ...call)).to.match(/NOSCRIPT/);
    expect(await both.same('SCRIPT', 'LOAD', text)).to.equal(sha1);
    expect(await both.same('EVALSHA', ...call)).to.be.an('array');
    expect(await both.same('SCRIPT', 'EXISTS', sha1, scripts.release.sha1)).to.deep.equal([1, 0]);
    await both.same('SCRIPT', 'FLUSH');
    expect(await both.same('EVALSHA', ...call)).to.match(/NOSCRIPT/);
  });

  it('have the hashes of the scripts', async () => {
    for (const {text, sha1} of Object.values(scripts)) {
      expect(await both.same('SCRIPT', 'LOAD', text)).to.equal(sha1);
    }
  });

  it('give a text back as it came, byte for byte', async () => {
    for (const text of ['', 'grüße', '日本', '🔒', 'a\0b', '\r\n']) {
      await both.same('SET', 'text', text);
      expect(await both.same('GET', 'text')).to.equal(text);
      expect(await both.same('EVAL', 'return ARGV[1]', '0', text)).to.equal(text);
      await both.same('EVAL', 'return {#ARGV[1], string.byte(ARGV[1], 1)}', '0', text);
    }
  });

  it('let keys end by the clock', async () => {
    await both.same('SET', 'a', '1', 'PX', '30');
    await both.same('SET', 'b', '1', 'PX', '60000');
    await both.same('SET', 'b', '2', 'KEEPTTL');
    expect(await both.similar('PTTL', 'b')).to.be.above(50_000);
    await both.same('SET', 'b', '3');
    expect(await both.same('PTTL', 'b')).to.equal(-1);
    await both.same('PEXPIRE', 'b', '-1');
    expect(await both.same('EXISTS', 'b')).to.equal(0);
    expect(await both.same('PTTL', 'b')).to.equal(-2);
    for (const client of both.clients) {
      while ((await client.send('EXISTS', ['a'])) === 1);
    }
  });

  it('tell those who listen, and count them', async () => {
    expect(await both.same('PUBLISH', CHANNEL, 'x')).to.equal(0);
    const {messages, stop} = await deferredMessages(both, CHANNEL);

    await take('mine');
    expect(await ask(release(callOf('mine'), []))).to.deep.equal([2]);
    expect(await both.same('PUBSUB', 'NUMSUB', CHANNEL)).to.deep.equal([CHANNEL, 1]);
    await messages(2);
    await stop();
  });

  it('calculate alike', async () => {
    const expressions = [
      "string.format('%.17g', 3.3), string.format('%.0f', 2^53), string.format('%5.2f|%-6d|%06d|%+d', 3.14159, 7, 42, 5)",
      "string.format('%x %X %c %s %%', 255, 255, 65, 'x'), string.format('%g %g %g', 1e20, 0.0001, 1e-5)",
      "tostring(1e15), tostring(100000000000001), tostring(0.1), tostring(-0.5), 10 / 4 .. '', 2^53 .. ''",
      'tostring(1/0), tostring(-1/0), 7 % 3, -7 % 3, 7 % -3, 5.5 % 2, 2 ^ 10',
      "tonumber('0x10'), tonumber(' 12 '), tonumber('1e3'), tonumber('x') or 'none', tonumber('') or 'none', tonumber('10', 2), tonumber('z', 36)",
      "'10' + 5, '3' * '4', 10 .. 20, #'abc', -'2'",
      "string.find('WRONGTYPE x', '^WRONGTYPE'), string.find('abc', 'b', 1, true), string.find('a.b', '%.'), string.find('abc', 'x') or 'none'",
      "string.match('key=value', '(%w+)=(%w+)'), string.match('  trim  ', '^%s*(.-)%s*$'), string.match('a1b22', '%d+', 3)",
      "string.gsub('hello world', 'o', '0'), string.gsub('abc', '%w', '%0%0'), string.gsub('abc', 'b', {b = 'X'}), string.gsub('a b', '%a', string.upper)",
      "string.sub('abcdef', 2, -2), string.sub('abc', -2), string.rep('ab', 3), string.lower('AbC'), string.upper('AbC'), string.reverse('abc'), string.len('abc')",
      "string.byte('A'), string.char(72, 105), ('x'):rep(3)",
      'math.floor(-3.5), math.ceil(3.2), math.max(1, 5, 3), math.min(4, 2), math.abs(-4), math.huge > 1e300 and 1 or 0',
      "select('#', 1, nil, 3), select(2, 'a', 'b', 'c'), type(nil), type({}), type(print or type), type('x'), type(1), type(true)",
      "unpack({1, 2, 3}), table.concat({1, 2, 'x'}, '-'), #{1, 2, 3, nil}, next({}) or 'none'",
      "pcall(error, 'x'), pcall(error, {1}) and 1 or 0, pcall(function() return 7 end)",
      'not nil, not 0, nil == false, 1 == 1.0, "a" < "b", 1 <= 2, 1 ~= 2, "1" == 1',
      'false or 3, nil and 1 or 2, false == nil',
    ];
    for (const expression of expressions) await both.same('EVAL', told(expression), '0');
  });

  it('run loops, functions and tables alike', async () => {
    const bodies = [
      'local sum = 0 for i = 10, 1, -3 do sum = sum + i end return sum',
      'local fs = {} for i = 1, 3 do fs[i] = function() i = i + 1 return i end end return {fs[1](), fs[1](), fs[3]()}',
      "local t = {x = 1, [2] = 'b', 'a'; y = {z = 3}} t.x = nil t[3] = 'c' return {t[1], t[2], t[3], t.y.z, #t, t.x or 'gone'}",
      'local function fact(n) if n <= 1 then return 1 end return n * fact(n - 1) end return fact(10)',
      'local a, b, c = (function() return 1, 2, 3 end)() a, b = b, a return {a, b, c}',
      'local i = 0 repeat local done = i >= 3 i = i + 1 until done return i',
      'local i = 0 while true do i = i + 1 if i > 5 then break end end do local i = 9 end return i',
      "local keys = {} for k, v in pairs({a = 1}) do keys[#keys + 1] = k .. v end for i, v in ipairs({'x', 'y', nil, 'z'}) do keys[#keys + 1] = i .. v end return keys",
      'local o = {n = 1} function o:add(m) self.n = self.n + m return self.n end return {o:add(2), o:add(3)}',
      "local function count(...) return select('#', ...) end return {count(), count(nil), count(1, nil, 3)}",
      'local t = {5, 1, 4} table.insert(t, 9) table.insert(t, 1, 0) local last = table.remove(t) return {t[1], #t, last}',
      'return {1, 2.9, -2.9, "text", true, false, 7}',
      'return {1, nil, 3}',
      "return {ok = 'FINE'}",
      'return {{1, {2}}, {}}',
      'local x = 1 local x = x + 1 return x',
      "return redis.status_reply('FINE')",
      "return redis.sha1hex('x')",
      "local reply = redis.pcall('INCR', 'list') return type(reply) == 'table' and reply.err",
      "redis.call('SET', 'n', 1) redis.call('SET', 'm', 2^40) return {redis.call('GET', 'n'), redis.call('GET', 'm'), redis.call('GET', 'none') == false and 1 or 0}",
      "return redis.call('SET', 'n', 1).ok",
      "return {KEYS[1] or 'none', #KEYS, #ARGV}",
    ];
    await both.same('RPUSH', 'list', 'x');
    for (const body of bodies) await both.same('EVAL', body, '0');
  });

  it('answer alike whatever is asked of them, in whatever order', async () => {
    const key = fc.constantFrom('a', 'b', 'c');
    const text = fc.constantFrom('x', 'y', '1', '-2', '07', '9007199254740993');
    const number = fc.constantFrom('-2', '-1', '0', '1', '2', '3');
    const bound = fc.constantFrom('-inf', '(1', '1', '2', '(3', '+inf');
    const score = fc.constantFrom('0', '1', '1.5', '2', '-3');
    const call = fc.oneof(
      fc.tuple(fc.constantFrom('GET', 'DEL', 'EXISTS', 'TYPE', 'INCR', 'PTTL', 'STRLEN'), key),
      fc.tuple(fc.constantFrom('HGETALL', 'HLEN', 'LLEN', 'LPOP', 'RPOP', 'ZCARD', 'SCARD'), key),
      fc.tuple(fc.constant('SET'), key, text),
      fc.tuple(fc.constant('SET'), key, text, fc.constantFrom('NX', 'XX', 'KEEPTTL', 'GET')),
      fc.tuple(
        fc.constantFrom('INCRBY', 'SETNX', 'LPUSH', 'RPUSH', 'SADD', 'SREM', 'LINDEX'),
        key,
        text,
      ),
      fc.tuple(
        fc.constantFrom('HGET', 'HDEL', 'HEXISTS', 'ZSCORE', 'ZREM', 'ZRANK', 'SISMEMBER'),
        key,
        text,
      ),
      fc.tuple(fc.constantFrom('HSET', 'HINCRBY', 'HSETNX'), key, text, text),
      fc.tuple(
        fc.constantFrom('LRANGE', 'LTRIM', 'ZRANGE', 'ZREMRANGEBYRANK'),
        key,
        number,
        number,
      ),
      fc.tuple(fc.constant('LREM'), key, number, text),
      fc.tuple(fc.constant('ZADD'), key, score, text),
      fc.tuple(
        fc.constant('ZADD'),
        key,
        fc.constantFrom('NX', 'XX', 'GT', 'LT', 'CH'),
        score,
        text,
      ),
      fc.tuple(fc.constantFrom('ZCOUNT', 'ZRANGEBYSCORE', 'ZREMRANGEBYSCORE'), key, bound, bound),
      fc.tuple(
        fc.constant('ZREVRANGEBYSCORE'),
        key,
        bound,
        bound,
        fc.constant('WITHSCORES'),
        fc.constant('LIMIT'),
        fc.constantFrom('0', '1'),
        number,
      ),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(call, {minLength: 5, maxLength: 40}), async (asked) => {
        await both.same('FLUSHALL');
        for (const [command, ...args] of asked) await both.same(command, ...args);
      }),
      {numRuns: 60, seed: 6},
    );
  });

  it('answer alike to leases that are taken, extended, raised and released in any order', async () => {
    const token = fc.constantFrom('t1', 't2', 't3');
    const fence = fc.constantFrom(...[1, 2, 3, 9].map((more) => 2 ** 52 + more));
    const call = fc.oneof(
      token.map((by) => acquire(callOf(by), TTL_MS)),
      fc.tuple(token, fence).map(([by, to]) => raise(callOf(by), [to])),
      fc.tuple(token, fence).map(([by, to]) => extend(callOf(by), TTL_MS, [to])),
      fc.tuple(token, fence).map(([by, to]) => release(callOf(by), [to])),
      token.map((by) => release(callOf(by), [])),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(call, {minLength: 5, maxLength: 30}), async (asked) => {
        await both.same('FLUSHALL');
        await both.same('SET', FENCE, ABOVE_CLOCK);
        for (const each of asked) {
          const replies = await Promise.all(
            both.clients.map((client) => client.send('EVAL', callOfAsk(each))),
          );
          expect(statusOf(replies[1])).to.deep.equal(statusOf(replies[0]));
          await both.same('MGET', LOCK, FENCE);
        }
      }),
      {numRuns: 40, seed: 6},
    );
  });

  it('know every command that a script of the library uses', async () => {
    const memory = new MemoryRedis();
    const texts = readdirSync(`${ROOT}lua`)
      .filter((file) => file.endsWith('.lua'))
      .map((file) => readFileSync(`${ROOT}lua/${file}`, 'utf8'));
    const commands = texts.flatMap((text) => Array.from(text.matchAll(/redis\.p?call\('(\w+)'/g)));

    expect(commands).to.have.length.above(20);
    for (const [, command = ''] of commands) {
      const refusal = await memory.send(command, []).catch((error: Error) => error.message);
      expect(String(refusal)).not.to.match(/unknown command/);
    }
  });
});
