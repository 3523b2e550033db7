import type {Redis} from 'ioredis';

/** How the referee's book reads at the end. */
export interface Verdict {
  /** Who met whom inside. */
  readonly overlaps: readonly string[];
  /** The fences in the order in which their holders went in. */
  readonly fences: readonly number[];
  /** How many fences were not larger than the one before. */
  readonly inversions: number;
  /** How many sections were completed, by each visitor's own count. */
  readonly completed: number;
  /** What the shared counter says, which loses an increment whenever two are inside. */
  readonly counted: number;
}

/** Whether nothing was seen that a lock must prevent. */
export const isClean = ({overlaps, inversions, completed, counted}: Verdict): boolean =>
  overlaps.length === 0 && inversions === 0 && completed === counted;

/** Somebody inside. */
export interface Visit {
  /** Whom it met there. */
  readonly met: string | undefined;
  /** Counts the section as completed, and goes out. */
  leave(): Promise<void>;
  /** Goes out without having done anything. */
  abandon(): Promise<void>;
}

// A run that ends badly leaves nothing behind for longer than that.
const KEPT_FOR_S = 3600;

/**
 * Sees whether a lock works, and knows nothing of it: two who are inside at once are found out even if their locks,
 * tokens and fences are in perfect order.
 *
 * It does so twice over. Who enters leaves a mark unless there is one, so that it meets whoever is inside. And it reads
 * a counter, which it writes when it leaves: one of two who were inside together undoes the other's count.
 */
export class Referee {
  readonly #redis: Redis;
  readonly #mark: string;
  readonly #overlaps: string;
  readonly #fences: string;
  readonly #counter: string;
  readonly #tallies: string;
  readonly #isAlive: (pid: number) => boolean;
  #completed = 0;

  constructor(redis: Redis, resource: string, isAlive: (pid: number) => boolean = isRunning) {
    this.#redis = redis;
    const key = (name: string): string => `referee:{${resource}}:${name}`;
    this.#mark = key('mark');
    this.#overlaps = key('overlaps');
    this.#fences = key('fences');
    this.#counter = key('counter');
    this.#tallies = key('tallies');
    this.#isAlive = isAlive;
  }

  async enter(pid: number, fence: number): Promise<Visit> {
    const mark = `${pid} with fence ${fence}`;
    const [own, counted] = await Promise.all([
      this.#redis.set(this.#mark, mark, 'EX', KEPT_FOR_S, 'NX'),
      this.#redis.get(this.#counter),
      this.#redis.rpush(this.#fences, fence),
      this.#redis.expire(this.#fences, KEPT_FOR_S),
    ]);
    const met = own === 'OK' ? undefined : await this.#meet(mark);
    const goOut = (): Promise<unknown> =>
      met === undefined ? this.#redis.del(this.#mark) : Promise.resolve();
    return {
      met,
      leave: async () => {
        this.#completed += 1;
        await Promise.all([
          this.#redis.set(this.#counter, Number(counted) + 1, 'EX', KEPT_FOR_S),
          this.#redis.hset(this.#tallies, pid, this.#completed),
          this.#redis.expire(this.#tallies, KEPT_FOR_S),
          goOut(),
        ]);
      },
      abandon: async () => {
        await goOut();
      },
    };
  }

  /**
   * Clears the mark of a process that is dead, which the caller knows.
   *
   * @returns whether there was one: it died inside.
   */
  async bury(pid: number): Promise<boolean> {
    const mark = await this.#redis.get(this.#mark);
    if (mark === null || Number.parseInt(mark, 10) !== pid) return false;
    await this.#redis.del(this.#mark);
    return true;
  }

  async verdict(): Promise<Verdict> {
    const [overlaps, entries, counted, tallies] = await Promise.all([
      this.#redis.lrange(this.#overlaps, 0, -1),
      this.#redis.lrange(this.#fences, 0, -1),
      this.#redis.get(this.#counter),
      this.#redis.hvals(this.#tallies),
    ]);
    const fences = entries.map(Number);
    return {
      overlaps,
      fences,
      inversions: fences.filter((fence, index) => fence <= (fences[index - 1] ?? -1)).length,
      completed: tallies.reduce((sum, tally) => sum + Number(tally), 0),
      counted: Number(counted),
    };
  }

  /** Throws the book away. */
  async close(): Promise<void> {
    await this.#redis.del(this.#mark, this.#overlaps, this.#fences, this.#counter, this.#tallies);
  }

  async #meet(mark: string): Promise<string | undefined> {
    const other = await this.#redis.get(this.#mark);
    if (other !== null && !this.#isAlive(Number.parseInt(other, 10))) {
      await this.#redis.set(this.#mark, mark, 'EX', KEPT_FOR_S);
      return undefined;
    }
    // No mark any more: whoever it was has just gone out, alive, and was inside when this one came in.
    const met = other ?? 'somebody who has just left';
    await this.#redis.rpush(this.#overlaps, `${mark} met ${met}`);
    await this.#redis.expire(this.#overlaps, KEPT_FOR_S);
    return met;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
