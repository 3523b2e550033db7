import {runExample} from './example.js';
import {onEachServer} from './servers.js';

/** What the examples of the contract leave open; written like these. */
const claims: Record<string, string> = {
  'a lock is not given to its own token again': `
    given  SET lock:a tok1 PX 15000
    acquireLockWithInfo("a", "tok1", 99000)  ->  { acquired: false, retryAfterMs: 14000..15000 }
    then   PTTL lock:a  =  14000..15000`,
  'a key of another type is a lock held by somebody': `
    given  RPUSH lock:a x
    acquireLockWithInfo("a", "tok1", 9000)  ->  { acquired: false, retryAfterMs: null }
    given  PEXPIRE lock:a 5000
    acquireLockWithInfo("a", "tok1", 9000)  ->  { acquired: false, retryAfterMs: 4000..5000 }`,
  'a lock may be shortened': `
    given  SET lock:a tok1 PX 60000
    extendLock("a", "tok1", 1000)  ->  true
    then   PTTL lock:a  =  1..1000`,
  'a lock without a time to live gets one': `
    given  SET lock:a tok1
    extendLock("a", "tok1", 5000)  ->  true
    then   PTTL lock:a  =  4000..5000`,
  'an absent lock is neither extended nor released': `
    extendLock("a", "tok1", 5000)  ->  false
    releaseLock("a", "tok1")  ->  false
    then   EXISTS lock:a  =  0`,
  'the longest time to live is taken': `
    acquireLockWithInfo("a", "tok1", 9007199254740991)  ->  { acquired: true }
    extendLock("a", "tok1", 9007199254740991)  ->  true
    setIfNotExistsWithTTL("b", "x", 9007199254740991)  ->  true
    compareAndSwap("b", "x", "y", { ttlMs: 9007199254740991 })  ->  true
    then   PTTL b  =  9007199254000000..9007199254740992`,

  'values are compared byte for byte': `
    given  SET v 1
    compareAndSwap("v", "1.0", "2")  ->  false
    compareAndSwap("v", "", "2")  ->  false
    compareAndSwap("v", null, "2")  ->  false
    compareAndSwap("v", "1", "")  ->  true
    compareAndSwap("v", "", "é€")  ->  true
    compareAndSwap("v", "é€", "x")  ->  true
    then   GET v  =  "x"`,
  'no text means absence': `
    compareAndSwap("v", "", "x")  ->  false
    compareAndSwap("v", "null", "x")  ->  false
    compareAndSwap("v", "0", "x")  ->  false
    compareAndSwap("v", "false", "x")  ->  false
    compareAndSwap("v", null, "x")  ->  true
    then   PTTL v  =  -1`,
  'a swap can remove the time to live': `
    given  SET v a PX 60000
    compareAndSwap("v", "a", "b", { ttlMs: null })  ->  true
    then   PTTL v  =  -1`,
  'a lost swap leaves the time to live': `
    given  SET v a PX 60000
    compareAndSwap("v", "b", "c", { ttlMs: 1000 })  ->  false
    compareAndSwap("v", "b", "c", { ttlMs: null })  ->  false
    then   PTTL v  =  59000..60000`,
  'a key of any type is there already': `
    given  SADD v x
    setIfNotExistsWithTTL("v", "y", 1000)  ->  false
    then   PTTL v  =  -1`,
  'a default without a time to live has none': `
    getOrSet("v", "")  ->  ""
    then   GET v  =  ""
    then   PTTL v  =  -1`,

  'a value above the maximum comes down, also by 0': `
    given  SET n 50
    incrementWithLimit("n", 0, 20)  ->  20
    then   GET n  =  "20"`,
  'a counter goes below 0, and its maximum may be there': `
    incrementWithLimit("n", -5, -3)  ->  -5
    incrementWithLimit("n", 5, -3)  ->  -3
    then   GET n  =  "-3"`,
  'a large counter is stored in plain digits that INCRBY takes': `
    given  SET n 100000000000000
    incrementWithLimit("n", 900719925474, 9007199254740991)  ->  100900719925474
    then   GET n  =  "100900719925474"
    then   INCRBY n 1  =  100900719925475`,
  'the last safe integer is reached and not passed': `
    given  SET n 9007199254740990
    incrementWithLimit("n", 9007199254740991, 9007199254740991)  ->  9007199254740991
    then   GET n  =  "9007199254740991"`,
  'a counter at the last safe integer is counted on': `
    given  SET n 9007199254740989
    counterWithReset("n", 9007199254740991)  ->  { value: 9007199254740990, reset: false }
    counterWithReset("n", 9007199254740991, 9007199254740990)  ->  { value: 9007199254740990, reset: true }`,
  'the result never leaves the safe integers': `
    given  SET n -9007199254740990
    incrementWithLimit("n", -2, 0)  ->  throws ScriptError (code OVERFLOW)
    then   GET n  =  "-9007199254740990"
    incrementWithLimit("n", -1, 0)  ->  -9007199254740991
    then   GET n  =  "-9007199254740991"`,
  'a counter far above its threshold starts over': `
    given  SET n 900
    counterWithReset("n", 4)  ->  { value: 0, reset: true }
    given  SET n 9007199254740991
    counterWithReset("n", 4, 2)  ->  { value: 2, reset: true }
    then   GET n  =  "2"`,
  'a counter may be all below 0': `
    given  SET n -5
    counterWithReset("n", -3, -9)  ->  { value: -4, reset: false }
    counterWithReset("n", -3, -9)  ->  { value: -9, reset: true }
    then   GET n  =  "-9"`,
  'an absent counter starts over from 1': `
    counterWithReset("n", 1)  ->  { value: 0, reset: true }
    then   GET n  =  "0"`,

  'an absent field is stored even when nothing is added': `
    hashIncrWithBounds("h", "", 0, { min: -1, max: 1 })  ->  0
    then   HGET h ""  =  "0"`,
  'a field above the bounds comes down': `
    given  HSET h f 500 g 1
    hashIncrWithBounds("h", "f", 0, { min: 0, max: 120 })  ->  120
    then   HGETALL h  =  ["f", "120", "g", "1"]`,
  'a field goes exactly from one end of the safe integers to the other': `
    given  HSET h f -9007199254740991
    hashIncrWithBounds("h", "f", 9007199254740991, { min: 9007199254740000, max: 9007199254740991 })  ->  9007199254740000
    then   HGET h f  =  "9007199254740000"
    hashIncrWithBounds("h", "f", -1, { min: -9007199254740991, max: -9007199254740990 })  ->  -9007199254740990
    then   HGET h f  =  "-9007199254740990"`,
  'a number is greater than another however it is written': `
    given  HSET h a 5.0 b +5 c 1e3 d -0 e .5
    hashSetIfGreater("h", "a", 5)  ->  false
    hashSetIfGreater("h", "b", 5.5)  ->  true
    hashSetIfGreater("h", "c", 999)  ->  false
    hashSetIfGreater("h", "d", 0)  ->  false
    hashSetIfGreater("h", "e", 0.25)  ->  false
    then   HGETALL h  =  ["a", "5.0", "b", "5.5", "c", "1e3", "d", "-0", "e", ".5"]`,
  'a number is stored as JavaScript writes it': `
    hashSetIfGreater("h", "a", 3.3)  ->  true
    hashSetIfGreater("h", "b", 1e21)  ->  true
    hashSetIfGreater("h", "c", -0)  ->  true
    hashSetIfGreater("h", "d", 5e-324)  ->  true
    hashSetIfGreater("h", "d", 1.7976931348623157e308)  ->  true
    hashSetIfGreater("h", "e", 0.1)  ->  true
    then   HMGET h a b c d e  =  ["3.3", "1e+21", "0", "1.7976931348623157e+308", "0.1"]`,

  'an empty element is text, not nothing': `
    given  RPUSH q "" b
    listPopWithMinSize("q", 0)  ->  ""
    listPopWithMinSize("q", 0)  ->  "b"
    listPopWithMinSize("q", 0)  ->  null
    then   EXISTS q  =  0`,
  'a list that is too long is cut at once': `
    given  RPUSH q a b c d e
    circularBufferAdd("q", "f", 2)  ->  2
    then   LRANGE q 0 -1  =  ["e", "f"]`,
  'the largest buffer keeps all': `
    circularBufferAdd("q", "a", 9007199254740991)  ->  1
    circularBufferAdd("q", "b", 9007199254740991)  ->  2
    then   LRANGE q 0 -1  =  ["a", "b"]`,

  'an entry counts until it is as old as the window': `
    given  ZADD ratelimit:a now-21000 a now-20000 b now-15000 c
    slidingWindowRateLimit("a", { windowMs: 20000, limit: 2 })  ->  { allowed: true, remaining: 0, resetAfterMs: 20000 }
    then   ZCARD ratelimit:a  =  2
    then   PTTL ratelimit:a  =  19000..20000`,
  'a lowered limit waits for as many as are too many': `
    given  ZADD ratelimit:a now-19000 a now-18000 b now-15000 c now-14000 d now-2000 e
    slidingWindowRateLimit("a", { windowMs: 20000, limit: 2 })  ->  { allowed: false, remaining: 0, retryAfterMs: 5000..6000, resetAfterMs: 17000..18000 }
    slidingWindowRateLimit("a", { windowMs: 20000, limit: 2, cost: 2 })  ->  { allowed: false, retryAfterMs: 17000..18000 }
    then   ZCARD ratelimit:a  =  5`,
  'a call that is denied adds nothing and moves no time to live': `
    given  ZADD ratelimit:a now-15000 a now-14000 b
    given  PEXPIRE ratelimit:a 99000
    slidingWindowRateLimit("a", { windowMs: 20000, limit: 2 })  ->  { allowed: false }
    then   ZCARD ratelimit:a  =  2
    then   PTTL ratelimit:a  =  98000..99000`,
  'looking at a full window answers for 1 and writes nothing': `
    given  ZADD ratelimit:a now-30000 a now-15000 b now-5000 c now+50000 d
    slidingWindowRateLimit("a", { windowMs: 20000, limit: 2, cost: 0 })  ->  { allowed: false, remaining: 0, retryAfterMs: 4000..5000, resetAfterMs: 14000..15000 }
    slidingWindowRateLimit("a", { windowMs: 20000, limit: 3, cost: 0 })  ->  { allowed: true, remaining: 1, retryAfterMs: 0, resetAfterMs: 14000..15000 }
    then   ZCARD ratelimit:a  =  4
    then   PTTL ratelimit:a  =  -1`,
  'looking at an unused window has nothing to reset': `
    slidingWindowRateLimit("a", { windowMs: 20000, limit: 3, cost: 0 })  ->  { allowed: true, limit: 3, remaining: 3, retryAfterMs: 0, resetAfterMs: 0 }`,
  'entries ahead by more than a window are removed': `
    given  ZADD ratelimit:a now+29000 a now+9999999 b now+9999999 c inf d
    slidingWindowRateLimit("a", { windowMs: 20000, limit: 2 })  ->  { allowed: true, remaining: 1, resetAfterMs: 20000 }
    then   ZCARD ratelimit:a  =  1`,
  'entries ahead by more than a window are removed by a call that is denied, too': `
    given  ZADD ratelimit:a now a now+29000 b
    slidingWindowRateLimit("a", { windowMs: 20000, limit: 1 })  ->  { allowed: false, retryAfterMs: 19000..20000 }
    then   ZRANGE ratelimit:a 0 -1  =  ["a"]`,
  'entries ahead by less count, so that nobody waits longer than two windows': `
    given  ZADD ratelimit:a now+19000 a
    slidingWindowRateLimit("a", { windowMs: 20000, limit: 1 })  ->  { allowed: false, remaining: 0, retryAfterMs: 38000..39000, resetAfterMs: 38000..39000 }`,
  'the longest window is taken': `
    slidingWindowRateLimit("a", { windowMs: 9007199254740991, limit: 9007199254740991, cost: 1000 })  ->  { allowed: true, remaining: 9007199254739991 }
    then   ZCARD ratelimit:a  =  1000`,

  'a bucket that was never used is full': `
    tokenBucketRateLimit("a", { capacity: 6, refillPerSecond: 2, cost: 0 })  ->  { allowed: true, limit: 6, remaining: 6, retryAfterMs: 0, resetAfterMs: 0 }
    then   EXISTS tokenbucket:a  =  0`,
  'a bucket lives until it is full': `
    tokenBucketRateLimit("a", { capacity: 6, refillPerSecond: 0.5, cost: 4 })  ->  { allowed: true, remaining: 2, resetAfterMs: 8000 }
    then   PTTL tokenbucket:a  =  7000..8000
    then   HGET tokenbucket:a tokens  =  "2"
    tokenBucketRateLimit("a", { capacity: 6, refillPerSecond: 0.5, cost: 1 })  ->  { allowed: true, remaining: 1, resetAfterMs: 9000..10000 }
    then   PTTL tokenbucket:a  =  8000..10000`,
  'a call that is denied takes no token and moves no time to live': `
    given  HSET tokenbucket:a tokens 1.5 last_refill now
    given  PEXPIRE tokenbucket:a 99000
    tokenBucketRateLimit("a", { capacity: 6, refillPerSecond: 0.001, cost: 2 })  ->  { allowed: false, remaining: 1, retryAfterMs: 499000..500000 }
    then   HGET tokenbucket:a tokens  =  "1.5"
    then   PTTL tokenbucket:a  =  98000..99000`,
  'looking at an empty bucket answers for 1 and writes nothing': `
    given  HSET tokenbucket:a tokens 0 last_refill 99999999999999
    tokenBucketRateLimit("a", { capacity: 6, refillPerSecond: 0.5, cost: 0 })  ->  { allowed: false, remaining: 0, retryAfterMs: 2000, resetAfterMs: 12000 }
    then   HGET tokenbucket:a last_refill  =  "99999999999999"`,
  'a balance out of range is brought into it': `
    given  HSET tokenbucket:a tokens -50 last_refill now
    given  HSET tokenbucket:b tokens 1e300 last_refill now
    tokenBucketRateLimit("a", { capacity: 6, refillPerSecond: 0.5 })  ->  { allowed: false, remaining: 0, retryAfterMs: 1000..2000 }
    tokenBucketRateLimit("b", { capacity: 6, refillPerSecond: 0.5 })  ->  { allowed: true, remaining: 5 }`,
  'a field that is absent is that of a full bucket': `
    given  HSET tokenbucket:a tokens 3
    given  HSET tokenbucket:b last_refill now
    tokenBucketRateLimit("a", { capacity: 6, refillPerSecond: 0.5 })  ->  { allowed: true, remaining: 2 }
    tokenBucketRateLimit("b", { capacity: 6, refillPerSecond: 0.5 })  ->  { allowed: true, remaining: 5 }`,
  'a refill in the future counts as now': `
    given  HSET tokenbucket:a tokens 0 last_refill now+9999999
    tokenBucketRateLimit("a", { capacity: 6, refillPerSecond: 0.5 })  ->  { allowed: false, remaining: 0, retryAfterMs: 2000 }
    given  HSET tokenbucket:b tokens 5 last_refill now+9999999
    tokenBucketRateLimit("b", { capacity: 6, refillPerSecond: 0.5 })  ->  { allowed: true, remaining: 4 }`,
  'rounding in the refill neither denies nor hides a token': `
    given  HSET tokenbucket:a tokens 2.9999999999999996 last_refill 99999999999999
    tokenBucketRateLimit("a", { capacity: 6, refillPerSecond: 0.001, cost: 0 })  ->  { allowed: true, remaining: 3 }
    tokenBucketRateLimit("a", { capacity: 6, refillPerSecond: 0.001, cost: 3 })  ->  { allowed: true, remaining: 0 }
    given  HSET tokenbucket:b tokens 2.99999 last_refill 99999999999999
    tokenBucketRateLimit("b", { capacity: 6, refillPerSecond: 0.001, cost: 3 })  ->  { allowed: false, remaining: 2, retryAfterMs: 10..11 }`,
  'extremes of a bucket are taken': `
    tokenBucketRateLimit("a", { capacity: 9007199254740991, refillPerSecond: 1.7e308, cost: 9007199254740991 })  ->  { allowed: true, remaining: 0, resetAfterMs: 1 }
    tokenBucketRateLimit("b", { capacity: 1, refillPerSecond: 1.2e-13 })  ->  { allowed: true, remaining: 0, resetAfterMs: 8333333333000000..8333333334000000 }
    then   PTTL tokenbucket:b  =  8333333332000000..8333333334000000`,
  'one identifier is good for both limiters': `
    slidingWindowRateLimit("a", { windowMs: 20000, limit: 3 })  ->  { allowed: true }
    tokenBucketRateLimit("a", { capacity: 6, refillPerSecond: 2 })  ->  { allowed: true, remaining: 5 }`,
};

/** Every write that keeps the time to live of its key, and the key at the end of it. */
const keeps: Record<string, string> = {
  compareAndSwap: `
    given  SET k a
    given  PEXPIRE k 60000
    compareAndSwap("k", "a", "b")  ->  true`,
  getOrSet: `
    given  SET k a
    given  PEXPIRE k 60000
    getOrSet("k", "b", 1000)  ->  "a"`,
  incrementWithLimit: `
    given  SET k 1
    given  PEXPIRE k 60000
    incrementWithLimit("k", 1, 9)  ->  2`,
  counterWithReset: `
    given  SET k 1
    given  PEXPIRE k 60000
    counterWithReset("k", 3)  ->  { value: 2, reset: false }
    counterWithReset("k", 3)  ->  { value: 0, reset: true }`,
  hashIncrWithBounds: `
    given  HSET k f 1
    given  PEXPIRE k 60000
    hashIncrWithBounds("k", "f", 1, { min: 0, max: 9 })  ->  2`,
  hashSetIfGreater: `
    given  HSET k f 1
    given  PEXPIRE k 60000
    hashSetIfGreater("k", "f", 2)  ->  true`,
  hashGetWithDefaults: `
    given  HSET k f 1
    given  PEXPIRE k 60000
    hashGetWithDefaults("k", { f: "0" })  ->  { f: "1" }`,
  listPopWithMinSize: `
    given  RPUSH k a b
    given  PEXPIRE k 60000
    listPopWithMinSize("k", 1)  ->  "a"`,
  circularBufferAdd: `
    given  RPUSH k a b
    given  PEXPIRE k 60000
    circularBufferAdd("k", "c", 2)  ->  2`,
};

describe('the contract of the utilities', () => {
  onEachServer((server) => {
    for (const [claim, text] of Object.entries(claims)) {
      it(claim, async () => {
        for (const client of Object.values(server.clients())) {
          server.freshKeys();
          await runExample(server, client, text);
        }
      });
    }

    for (const [name, text] of Object.entries(keeps)) {
      it(`${name} keeps the time to live, and gives none to a key without`, async () => {
        await runExample(server, server.redis, `${text}\nthen PTTL k = 59000..60000`);

        server.freshKeys();
        const withoutTtl = text.replace(/given +PEXPIRE.*/, '');
        await runExample(server, server.redis, `${withoutTtl}\nthen PTTL k = -1`);
      });
    }
  });
});
