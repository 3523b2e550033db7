import * as utilities from 'holdfast/utilities';

type Call = (client: utilities.SupportedClient) => Promise<unknown>;

/** Every function by the name that its errors carry, each with the key that it uses. */
export const calls: Record<string, {readonly key: string; readonly call: Call}> = {
  acquireLockWithInfo: {
    key: 'lock:k',
    call: (client) => utilities.acquireLockWithInfo(client, 'k', 't', 60_000),
  },
  extendLock: {key: 'lock:k', call: (client) => utilities.extendLock(client, 'k', 't', 60_000)},
  releaseLock: {key: 'lock:k', call: (client) => utilities.releaseLock(client, 'k', 't')},
  cas: {key: 'k', call: (client) => utilities.compareAndSwap(client, 'k', null, 'a')},
  setIfNotExistsWithTTL: {
    key: 'k',
    call: (client) => utilities.setIfNotExistsWithTTL(client, 'k', 'a', 60_000),
  },
  getOrSet: {key: 'k', call: (client) => utilities.getOrSet(client, 'k', 'a', 60_000)},
  incrementWithLimit: {key: 'k', call: (client) => utilities.incrementWithLimit(client, 'k', 1, 9)},
  counterWithReset: {key: 'k', call: (client) => utilities.counterWithReset(client, 'k', 9)},
  slidingWindowRateLimit: {
    key: 'ratelimit:k',
    call: (client) => utilities.slidingWindowRateLimit(client, 'k', {windowMs: 60_000, limit: 9}),
  },
  tokenBucketRateLimit: {
    key: 'tokenbucket:k',
    call: (client) =>
      utilities.tokenBucketRateLimit(client, 'k', {capacity: 9, refillPerSecond: 0.01}),
  },
  hashIncrWithBounds: {
    key: 'k',
    call: (client) => utilities.hashIncrWithBounds(client, 'k', 'f', 1, {min: 0, max: 9}),
  },
  hashSetIfGreater: {key: 'k', call: (client) => utilities.hashSetIfGreater(client, 'k', 'f', 1)},
  hashGetWithDefaults: {
    key: 'k',
    call: (client) => utilities.hashGetWithDefaults(client, 'k', {f: 'x'}),
  },
  listPopWithMinSize: {key: 'k', call: (client) => utilities.listPopWithMinSize(client, 'k', 0)},
  circularBufferAdd: {key: 'k', call: (client) => utilities.circularBufferAdd(client, 'k', 'a', 9)},
};
