import type {Redis} from 'ioredis';

// What no script can run. The rest is counted inside of scripts as well.
const BY_CLIENTS_ALONE = /^(?:evalsha|eval|script\|load|s?subscribe|s?unsubscribe|ping|multi)$/;

/** How many commands clients have sent to these nodes so far; `plain` names those of them that scripts run as well. */
export async function commandCount(
  nodes: readonly Redis[],
  plain: readonly string[] = [],
): Promise<number> {
  const infos = await Promise.all(nodes.map((node) => node.info('commandstats')));
  let sum = 0;
  for (const [, name = '', calls] of infos.join('\n').matchAll(/^cmdstat_(\S+?):calls=(\d+)/gm)) {
    if (BY_CLIENTS_ALONE.test(name) || plain.includes(name)) sum += Number(calls);
  }
  return sum;
}
