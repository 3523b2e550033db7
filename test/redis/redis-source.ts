import type {RedisServer, StartOptions} from './redis-server.js';

/** Where test servers come from. */
export type RedisSource = {
  readonly name: string;
  /** Whether the servers are ours: they take arguments, and can be killed and paused. */
  readonly canFault: boolean;
  start(options?: StartOptions): Promise<RedisServer>;
};
