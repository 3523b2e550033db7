import type {Redis} from 'ioredis';

// KEYS: the writes as they came; those that a resource which checks fences took; the largest fence it has seen.
const WRITE = `
redis.call('RPUSH', KEYS[1], ARGV[1])
if ARGV[2] == '' then return 0 end
if tonumber(ARGV[2]) < tonumber(redis.call('GET', KEYS[3]) or '0') then return 0 end
redis.call('SET', KEYS[3], ARGV[2])
redis.call('RPUSH', KEYS[2], ARGV[1])
return 1`;

/** Who wrote to a resource, in the order in which it took the writes. */
export interface Writes {
  readonly resource: string;
  /** To one that takes everything. */
  readonly unguarded: readonly string[];
  /** To one that refuses a fence smaller than the largest it has seen. */
  readonly guarded: readonly string[];
}

/** The work that the lock is there for: a write to two resources, one of which checks the fence. */
export const write = (
  ledger: Redis,
  resource: string,
  section: string,
  fence: number | undefined,
): Promise<unknown> =>
  ledger.eval(WRITE, 3, ...keysOf(resource), section, fence === undefined ? '' : String(fence));

export async function readLedger(ledger: Redis, resources: readonly string[]): Promise<Writes[]> {
  return Promise.all(
    resources.map(async (resource) => {
      const [all, guarded] = keysOf(resource);
      return {
        resource,
        unguarded: await ledger.lrange(all, 0, -1),
        guarded: await ledger.lrange(guarded, 0, -1),
      };
    }),
  );
}

const keysOf = (resource: string): [string, string, string] => [
  `writes:${resource}`,
  `guarded:${resource}`,
  `fence:${resource}`,
];
