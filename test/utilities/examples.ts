/** The examples of the contract: for every function, by name, what it does. */
export const examples: Record<string, Record<string, string>> = {
  acquireLockWithInfo: {
    free: `
      acquireLockWithInfo("inv:5", "tok1", 15000)  ->  { acquired: true, retryAfterMs: 0 }
      then   GET lock:inv:5  =  "tok1"`,
    held: `
      given  SET lock:inv:5 tok0 PX 15000
      acquireLockWithInfo("inv:5", "tok1", 9000)  ->  { acquired: false, retryAfterMs: 14000..15000 }`,
    'held for ever': `
      given  SET lock:inv:5 tok0
      acquireLockWithInfo("inv:5", "tok1", 9000)  ->  { acquired: false, retryAfterMs: null }`,
  },
  extendLock: {
    owner: `
      given  SET lock:inv:5 tok1 PX 2000
      extendLock("inv:5", "tok1", 15000)  ->  true
      then   PTTL lock:inv:5  =  14000..15000`,
    'not the owner': `
      given  SET lock:inv:5 tok0 PX 2000
      extendLock("inv:5", "tok1", 15000)  ->  false
      then   PTTL lock:inv:5  =  1..2000`,
    '0 is refused': `
      given  SET lock:inv:5 tok1 PX 2000
      extendLock("inv:5", "tok1", 0)  ->  throws RangeError (names ttlMs)
      then   EXISTS lock:inv:5  =  1`,
  },
  releaseLock: {
    owner: `
      given  SET lock:inv:5 tok1 PX 15000
      releaseLock("inv:5", "tok1")  ->  true
      then   EXISTS lock:inv:5  =  0`,
    'not the owner': `
      given  SET lock:inv:5 tok0
      releaseLock("inv:5", "tok1")  ->  false
      then   EXISTS lock:inv:5  =  1`,
  },
  compareAndSwap: {
    'swap, TTL kept': `
      given  SET order:17 new PX 60000
      compareAndSwap("order:17", "new", "paid")  ->  true
      then   GET order:17  =  "paid"
      then   PTTL order:17  =  59000..60000`,
    'lost race': `
      given  SET order:17 cancelled
      compareAndSwap("order:17", "new", "paid")  ->  false
      then   GET order:17  =  "cancelled"`,
    'create only if absent': `
      compareAndSwap("leader", null, "node-1", { ttlMs: 30000 })  ->  true
      compareAndSwap("leader", null, "node-2")  ->  false
      then   GET leader  =  "node-1"`,
    'renew with a TTL': `
      given  SET leader node-1
      compareAndSwap("leader", "node-1", "node-1", { ttlMs: 30000 })  ->  true
      then   PTTL leader  =  29000..30000`,
  },
  setIfNotExistsWithTTL: {
    'first one': `
      setIfNotExistsWithTTL("dedup:42", "seen", 20000)  ->  true
      then   PTTL dedup:42  =  19000..20000`,
    'second one': `
      given  SET dedup:42 seen PX 20000
      setIfNotExistsWithTTL("dedup:42", "again", 99)  ->  false
      then   GET dedup:42  =  "seen"`,
    'TTL of half a millisecond': `
      setIfNotExistsWithTTL("dedup:43", "seen", 0.5)  ->  throws RangeError (names ttlMs)
      then   EXISTS dedup:43  =  0`,
  },
  getOrSet: {
    miss: `
      getOrSet("cfg:mode", "auto", 45000)  ->  "auto"
      then   PTTL cfg:mode  =  44000..45000`,
    hit: `
      given  SET cfg:mode manual
      getOrSet("cfg:mode", "auto", 45000)  ->  "manual"
      then   PTTL cfg:mode  =  -1`,
    'empty text is a hit': `
      given  SET cfg:note ""
      getOrSet("cfg:note", "none")  ->  ""`,
  },
  incrementWithLimit: {
    'room left': `
      given  SET quota:ann 10
      incrementWithLimit("quota:ann", 5, 20)  ->  15`,
    clamped: `
      given  SET quota:ann 18 PX 60000
      incrementWithLimit("quota:ann", 5, 20)  ->  20
      then   PTTL quota:ann  =  59000..60000`,
    'given back': `
      given  SET quota:ann 20
      incrementWithLimit("quota:ann", -4, 20)  ->  16`,
    'not a number': `
      given  SET quota:ann ten
      incrementWithLimit("quota:ann", 1, 20)  ->  throws ScriptError (code NOTINTEGER)
      then   GET quota:ann  =  "ten"`,
  },
  counterWithReset: {
    'every fourth call': `
      counterWithReset("batch", 4)  ->  { value: 1, reset: false }
      counterWithReset("batch", 4)  ->  { value: 2, reset: false }
      counterWithReset("batch", 4)  ->  { value: 3, reset: false }
      counterWithReset("batch", 4)  ->  { value: 0, reset: true }
      then   GET batch  =  "0"`,
    'TTL kept': `
      given  SET batch 3 PX 60000
      counterWithReset("batch", 4, 1)  ->  { value: 1, reset: true }
      then   PTTL batch  =  59000..60000`,
    'reset value too high': `
      counterWithReset("batch", 4, 9)  ->  throws RangeError (names resetTo)`,
  },
  slidingWindowRateLimit: {
    'first of three': `
      slidingWindowRateLimit("ann", { windowMs: 20000, limit: 3 })  ->  { allowed: true, limit: 3, remaining: 2, retryAfterMs: 0, resetAfterMs: 19000..20000 }
      then   ZCARD ratelimit:ann  =  1`,
    'full: wait for the oldest': `
      given  ZADD ratelimit:ann now-15000 a now-9000 b
      slidingWindowRateLimit("ann", { windowMs: 20000, limit: 2 })  ->  { allowed: false, remaining: 0, retryAfterMs: 4000..5000, resetAfterMs: 10000..11000 }`,
    'a costly call': `
      slidingWindowRateLimit("ann", { windowMs: 20000, limit: 8, cost: 6 })  ->  { allowed: true, remaining: 2 }
      slidingWindowRateLimit("ann", { windowMs: 20000, limit: 8, cost: 3 })  ->  { allowed: false, remaining: 2 }
      then   ZCARD ratelimit:ann  =  6`,
    'only looking': `
      slidingWindowRateLimit("bob", { windowMs: 20000, limit: 8, cost: 0 })  ->  { allowed: true, remaining: 8 }
      then   EXISTS ratelimit:bob  =  0`,
  },
  tokenBucketRateLimit: {
    'a full bucket': `
      tokenBucketRateLimit("ann", { capacity: 6, refillPerSecond: 2 })  ->  { allowed: true, limit: 6, remaining: 5, retryAfterMs: 0, resetAfterMs: 400..500 }`,
    'refilled for 1.5 s at 2/s': `
      given  HSET tokenbucket:ann tokens 0 last_refill now-1500
      tokenBucketRateLimit("ann", { capacity: 6, refillPerSecond: 2, cost: 3 })  ->  { allowed: true, remaining: 0 }`,
    'not enough: how long': `
      given  HSET tokenbucket:ann tokens 1 last_refill now
      tokenBucketRateLimit("ann", { capacity: 6, refillPerSecond: 0.5, cost: 4 })  ->  { allowed: false, remaining: 1, retryAfterMs: 5500..6000 }`,
    'more than fits': `
      tokenBucketRateLimit("ann", { capacity: 6, refillPerSecond: 2, cost: 7 })  ->  throws RangeError (names cost)`,
  },
  hashIncrWithBounds: {
    inside: `
      given  HSET hero hp 70
      hashIncrWithBounds("hero", "hp", -25, { min: 0, max: 120 })  ->  45`,
    clamped: `
      given  HSET hero hp 70
      hashIncrWithBounds("hero", "hp", -250, { min: 0, max: 120 })  ->  0
      then   HGET hero hp  =  "0"`,
    'absent, below the bounds': `
      hashIncrWithBounds("hero", "level", 0, { min: 1, max: 60 })  ->  1`,
  },
  hashSetIfGreater: {
    'first score, even a negative one': `
      hashSetIfGreater("score", "ann", -7)  ->  true
      then   HGET score ann  =  "-7"`,
    'higher, equal, lower': `
      given  HSET score ann 95
      hashSetIfGreater("score", "ann", 100.25)  ->  true
      hashSetIfGreater("score", "ann", 100.25)  ->  false
      hashSetIfGreater("score", "ann", 99)  ->  false
      then   HGET score ann  =  "100.25"`,
    'not a number': `
      given  HSET score ann best
      hashSetIfGreater("score", "ann", 1)  ->  throws ScriptError (code NOTNUMBER)`,
  },
  hashGetWithDefaults: {
    mixed: `
      given  HSET user:3 name Ann bio ""
      hashGetWithDefaults("user:3", { name: "?", bio: "-", tz: "UTC" })  ->  { name: "Ann", bio: "", tz: "UTC" }`,
    'absent key': `
      hashGetWithDefaults("user:4", { tz: "UTC" })  ->  { tz: "UTC" }
      then   EXISTS user:4  =  0`,
  },
  listPopWithMinSize: {
    'keep one': `
      given  RPUSH q j1 j2
      listPopWithMinSize("q", 1)  ->  "j1"
      listPopWithMinSize("q", 1)  ->  null
      then   LRANGE q 0 -1  =  ["j2"]`,
    'absent key': `
      listPopWithMinSize("none", 0)  ->  null`,
  },
  circularBufferAdd: {
    'two newest': `
      circularBufferAdd("recent", "p1", 2)  ->  1
      circularBufferAdd("recent", "p2", 2)  ->  2
      circularBufferAdd("recent", "p3", 2)  ->  2
      then   LRANGE recent 0 -1  =  ["p2", "p3"]`,
    'size 0 is refused': `
      given  RPUSH recent p1
      circularBufferAdd("recent", "p2", 0)  ->  throws RangeError (names maxSize)
      then   LRANGE recent 0 -1  =  ["p1"]`,
  },
};
