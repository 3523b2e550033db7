import type {Redis} from 'ioredis';

// What scripts do inside is counted by Redis too, and so is the question itself.
const INSIDE = new Set(['set', 'get', 'del', 'pttl', 'pexpire', 'time', 'publish', 'spublish']);
const OURS = new Set(['info', 'client|setinfo', 'hello', 'select']);

/** How many commands have come to these nodes so far, without those that scripts run. */
export async function commandCount(nodes: readonly Redis[]): Promise<number> {
  const infos = await Promise.all(nodes.map((node) => node.info('commandstats')));
  let sum = 0;
  for (const [, name = '', calls] of infos.join('\n').matchAll(/^cmdstat_(\S+?):calls=(\d+)/gm)) {
    if (!INSIDE.has(name) && !OURS.has(name)) sum += Number(calls);
  }
  return sum;
}
