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
export {Locker} from './locker.js';
export type {
  AcquireOptions,
  HoldOptions,
  LockerOptions,
  Resource,
  TryAcquireOptions,
} from './options.js';
export type {Listening, RedisClient} from './redis/client.js';
export type {IoredisClient} from './redis/clients/ioredis.js';
export type {SectionOptions, Work} from './sections/section.js';
