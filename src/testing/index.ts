export {Link, type LinkOptions, type Way} from './link.js';
export {Machine} from './machine.js';
export {MemoryRedis, type MemoryRedisOptions, type MemoryRestartOptions} from './memory-redis.js';
export type {Snapshot} from './memory/keyspace.js';
export {SkewedClock, type SkewedClockOptions} from './skewed-clock.js';
export {VirtualClock, type VirtualClockOptions} from './virtual-clock.js';
