export {
  HoldfastError,
  LockerClosedError,
  LockLostError,
  LockTimeoutError,
  NodeError,
  QuorumError,
  SelfDeadlockError,
} from './errors.js';
export type {LockInfo, NodeInfo} from './inspection/lock-info.js';
export type {Guard, GuardedCommand, GuardedInput} from './guard.js';
export type {Clocks} from './lease/clock.js';
export type {Holder} from './lease/token.js';
export type {Lock} from './lock.js';
export {Locker} from './locker.js';
export type {
  AcquireOptions,
  ForceReleaseOptions,
  HoldOptions,
  ListOptions,
  LockerOptions,
  Resource,
  TryAcquireOptions,
  WatchOptions,
} from './options.js';
export type {Listening, RedisClient} from './redis/client.js';
export type {IoredisClient} from './redis/clients/ioredis.js';
export type {SectionOptions, Work} from './sections/section.js';
