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
