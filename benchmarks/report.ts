import type {Redis} from 'ioredis';
import {mkdir, writeFile} from 'node:fs/promises';
import {availableParallelism, cpus} from 'node:os';

/** Where something was measured. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly node: string;
  readonly redis: string;
}

export async function machineOf(redis: Redis): Promise<Machine> {
  const info = await redis.info('server');
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    node: process.versions.node,
    redis: /^redis_version:(\S+)/m.exec(info)?.[1] ?? 'unknown',
  };
}

export const machineLine = ({cpu, cores, node, redis}: Machine): string =>
  `${cpu}, ${cores} cores, Node ${node}, Redis ${redis}`;

/** Keeps the result as `<scenario>.json` under `.cache/benchmarks/results`. */
export async function keep(scenario: string, result: object): Promise<void> {
  const folder = new URL('results/', import.meta.url);
  await mkdir(folder, {recursive: true});
  await writeFile(new URL(`${scenario}.json`, folder), `${JSON.stringify(result, undefined, 2)}\n`);
}
