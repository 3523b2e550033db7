import type {Script} from '../redis/run-script.js';
import * as generated from '../redis/scripts.generated.js';

/** The scripts of the utilities by the names under which errors and `scripts` know them. */
export type ScriptName =
  | 'acquireLockWithInfo'
  | 'extendLock'
  | 'releaseLock'
  | 'cas'
  | 'setIfNotExistsWithTTL'
  | 'getOrSet'
  | 'incrementWithLimit'
  | 'counterWithReset'
  | 'slidingWindowRateLimit'
  | 'tokenBucketRateLimit'
  | 'hashIncrWithBounds'
  | 'hashSetIfGreater'
  | 'listPopWithMinSize'
  | 'circularBufferAdd';

/** A script as one hands it to a client of one's own; its header says what ARGV must be, and what it returns. */
export interface ScriptText {
  readonly lua: string;
  readonly numberOfKeys: 1;
}

const textOf = ({text}: Script): ScriptText => Object.freeze({lua: text, numberOfKeys: 1});

/** The text of every script. `hashGetWithDefaults` has none: it is one `HMGET`. */
export const scripts: Readonly<Record<ScriptName, ScriptText>> = Object.freeze({
  acquireLockWithInfo: textOf(generated.acquireLockWithInfo),
  extendLock: textOf(generated.extendLock),
  releaseLock: textOf(generated.releaseLock),
  cas: textOf(generated.cas),
  setIfNotExistsWithTTL: textOf(generated.setIfNotExistsWithTtl),
  getOrSet: textOf(generated.getOrSet),
  incrementWithLimit: textOf(generated.incrementWithLimit),
  counterWithReset: textOf(generated.counterWithReset),
  slidingWindowRateLimit: textOf(generated.slidingWindowRateLimit),
  tokenBucketRateLimit: textOf(generated.tokenBucketRateLimit),
  hashIncrWithBounds: textOf(generated.hashIncrWithBounds),
  hashSetIfGreater: textOf(generated.hashSetIfGreater),
  listPopWithMinSize: textOf(generated.listPopWithMinSize),
  circularBufferAdd: textOf(generated.circularBufferAdd),
});
