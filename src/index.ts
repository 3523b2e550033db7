export {
  HoldfastError,
  LockerClosedError,
  LockLostError,
  LockTimeoutError,
  NodeError,
  QuorumError,
} from './errors.js';
export type {Clocks} from './lease/clock.js';
export type {Lock} from './lock.js';
export {Locker, type Resource, type Work} from './locker.js';
export type {AcquireOptions, HoldOptions, LockerOptions, TryAcquireOptions} from './options.js';
export type {Listening, RedisClient} from './redis/client.js';
export type {IoredisClient} from './redis/clients/ioredis.js';
