import type {RedisClient} from 'holdfast';
import type {Link, VirtualClock} from 'holdfast/testing';

import type {Wish} from './plan.js';

/** A rule of the library that is broken on purpose, to see that somebody notices. */
export interface Mutation {
  /** What the violation says by which it is found. */
  readonly finds?: RegExp;
  /** How long to look for one. @defaultValue 400 */
  readonly mostSeeds?: number;
  /** What is like that in all runs in which it is to be noticed. */
  readonly wish?: Wish;
  /** What stands between the library and the link to one of the nodes. */
  readonly client?: (link: Link, links: readonly Link[]) => RedisClient;
  /** What a process is given for its clients. */
  readonly clients?: (clients: readonly RedisClient[], process: number) => readonly RedisClient[];
  /** What is changed in the library until it is disposed of. */
  readonly patch?: (clock: VirtualClock) => Disposable;
}

/** The library as it is. */
export const NO_MUTATION: Mutation = {};
