import type {RedisSource} from './redis-source.js';

/** One way to get Redis servers. */
export type RedisWay = {
  /** What a reader has to do to get Redis in this way. */
  readonly advice: string;
  /**
   * Resolves to the source, or to the reason why there is none.
   * Rejects when the way was asked for by name and fails: another one would hide that.
   */
  find(): Promise<RedisSource | string>;
};

export async function firstThatWorks(ways: readonly RedisWay[]): Promise<RedisSource> {
  const failures: string[] = [];
  for (const way of ways) {
    const found = await way.find();
    if (typeof found !== 'string') return found;
    failures.push(`- ${way.advice} (${found})`);
  }
  throw new Error(`No Redis to test with. Any one of these will do:\n${failures.join('\n')}`);
}
