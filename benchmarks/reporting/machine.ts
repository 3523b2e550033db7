import type {Redis} from 'ioredis';
import {availableParallelism, cpus, release, type} from 'node:os';

/** Where something was measured. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly system: string;
  readonly node: string;
  readonly redis: string;
}

export async function machineOf(redis: Redis): Promise<Machine> {
  const info = await redis.info('server');
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    system: `${type()} ${release().replace(/-.*/, '')}`,
    node: process.versions.node,
    redis: /^redis_version:(\S+)/m.exec(info)?.[1] ?? 'unknown',
  };
}

export const machineLine = ({cpu, cores, system, node, redis}: Machine): string =>
  `${cpu}, ${cores} cores, ${system}, Node ${node}, Redis ${redis}, all on this machine`;
