export type {RedisClient as ScriptClient} from '../redis/client.js';
export type {SupportedClient} from '../redis/client-of.js';
export {counterWithReset, type CounterResult, incrementWithLimit} from './counters.js';
export {type Bounds, hashGetWithDefaults, hashIncrWithBounds, hashSetIfGreater} from './hashes.js';
export {type Fenced, FencedResource} from './fenced-resource.js';
export {circularBufferAdd, listPopWithMinSize} from './lists.js';
export {acquireLockWithInfo, type AcquireResult, extendLock, releaseLock} from './locks.js';
export {type ParsedScriptError, parseScriptError} from '../redis/parse-script-error.js';
export {
  type RateLimitResult,
  type SlidingWindowOptions,
  slidingWindowRateLimit,
  type TokenBucketOptions,
  tokenBucketRateLimit,
} from './rate-limits.js';
export {ScriptError} from './script-error.js';
export {ScriptManager} from './script-manager.js';
export {type ScriptName, scripts, type ScriptText} from './scripts.js';
export {
  compareAndSwap,
  type CompareAndSwapOptions,
  getOrSet,
  setIfNotExistsWithTTL,
} from './strings.js';
