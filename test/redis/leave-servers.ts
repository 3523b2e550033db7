// Run by a test in a process of its own: starts servers, tells of them, and ends without a stop.
import {startRedisNodes} from './start-redis-nodes.js';
import {tracesOf} from './is-gone.js';

const endings: Record<string, () => void> = {
  waits: () => setInterval(() => undefined, 60_000),
  exits: () => process.exit(0),
  throws: () => {
    throw new Error('on purpose');
  },
  'has nothing left to do': () => undefined,
};

const servers = await startRedisNodes(2);
const traces = await Promise.all(servers.map(tracesOf));
await servers[0]?.pause();
process.stdout.write(`${JSON.stringify(traces)}\n`, endings[process.argv[2] ?? '']);
