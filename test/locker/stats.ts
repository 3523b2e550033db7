import type {Redis} from 'ioredis';

/** How often a server has run each of the commands, also inside scripts, in that order. */
export async function callsOf(redis: Redis, ...commands: readonly string[]): Promise<number[]> {
  const info = await redis.info('commandstats');
  return commands.map((command) =>
    Number(new RegExp(`^cmdstat_${command}:calls=(\\d+)`, 'm').exec(info)?.[1] ?? 0),
  );
}
