import {Locker} from 'holdfast';
import {Redis} from 'ioredis';
import {setTimeout as pause} from 'node:timers/promises';

import {startProxy} from '../test/redis/proxy.js';
import {startRedisNodes} from '../test/redis/start-redis-nodes.js';
import {Attempts} from '../test/simulation/attempts.js';

// How often an acquisition over three nodes needs the second round, in which counters are raised.
const RUN_MS = 3000;

/** The part of the acquisitions that needed it, with so many contenders, each a locker with connections of its own. */
async function share(urls: readonly string[], contenders: number): Promise<string> {
  const end = performance.now() + RUN_MS;
  const attempts = new Attempts(() => performance.now());
  let sections = 0;
  const contend = async (): Promise<void> => {
    const clients = urls.map((url) => new Redis(url));
    const watched = clients.map((redis) =>
      attempts.watch({send: (command, args) => redis.call(command, ...args)}),
    );
    const locker = new Locker(watched, {nodeTimeoutMs: 2000, timeoutMs: 60_000});
    while (performance.now() < end) {
      const lock = await locker.acquire(`second-round-${contenders}`);
      sections += 1;
      await pause(1);
      await lock.release();
    }
    await locker.close();
    for (const client of clients) client.disconnect();
  };
  await Promise.all(Array.from({length: contenders}, contend));
  // Two of three decide, so that no more than one of them is behind.
  const percent = (100 * attempts.raises) / sections;
  return `${percent.toFixed(1)} % of ${sections}`;
}

const servers = await startRedisNodes(3);
const proxies = await Promise.all(servers.map((server) => startProxy(server)));
const jitter = setInterval(() => {
  for (const proxy of proxies) proxy.delay(3 * Math.random());
}, 5);
for (const contenders of [1, 8, 64]) {
  const direct = await share(
    servers.map(({url}) => url),
    contenders,
  );
  const jittered = await share(
    proxies.map(({url}) => url),
    contenders,
  );
  console.log(
    `${contenders} contenders: ${direct} on one machine, ${jittered} with 0 to 3 ms between`,
  );
}
clearInterval(jitter);
await Promise.all(proxies.map((proxy) => proxy.stop()));
await Promise.all(servers.map((server) => server.stop()));
