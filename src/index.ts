export type {RedisClient} from './redis/client.js';
