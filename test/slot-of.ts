import {createRequire} from 'node:module';

// The function by which ioredis itself finds the node of a key; it is found from there.
const require = createRequire(import.meta.resolve('ioredis'));

/** The hash slot in which a Redis Cluster keeps a key. */
export const slotOf = require('cluster-key-slot') as (key: string) => number;
