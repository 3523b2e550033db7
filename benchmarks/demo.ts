import {parseArgs} from 'node:util';

import {demo} from '#internal/cli/demo/demo.js';

import {startRedisNodes} from '../test/redis/start-redis-nodes.js';

const NODES = 3;

const {values} = parseArgs({
  options: {
    seconds: {type: 'string', default: '16'},
    processes: {type: 'string', default: '5'},
    'ttl-ms': {type: 'string', default: '2000'},
  },
});

const whole = (name: keyof typeof values, least: number): number => {
  const value = Number(values[name]);
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new RangeError(
    `Expected --${name} to be a whole number from ${least}, got ${values[name]}`,
  );
};

async function main(): Promise<boolean> {
  const seconds = whole('seconds', 3);
  const processes = whole('processes', 2);
  const ttlMs = whole('ttl-ms', 300);
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, stop);

  const nodes = await startRedisNodes(NODES);
  try {
    const urls = nodes.map(({url}) => url);
    return await demo({urls, seconds, processes, ttlMs, signal: controller.signal});
  } finally {
    await Promise.all(nodes.map((node) => node.stop()));
  }
}

try {
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
