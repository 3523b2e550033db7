import {setTimeout as sleep} from 'node:timers/promises';

import {at} from '../locker/nodes.js';
import type {Proxy} from '../redis/proxy.js';
import type {World} from './world.js';

/** One fault from its beginning to its end: when it resolves, all works again. It ends early when the signal aborts. */
export type Fault = (world: World, signal: AbortSignal) => Promise<void>;

/** Goes on for so many ttls, from the one number to the other, or until the signal aborts. */
async function last(
  {random, ttlMs}: World,
  signal: AbortSignal,
  from: number,
  to: number,
): Promise<void> {
  await sleep(ttlMs * (from + random() * (to - from)), undefined, {signal}).catch(() => {});
}

/** Nodes that stand still: their connections stay open and nothing answers. */
export const pauseNodes =
  (count: number): Fault =>
  async (world, signal) => {
    const nodes = world.pickNodes(count).map((index) => at(world.nodes, index));
    await Promise.all(nodes.map((node) => node.pause()));
    await last(world, signal, 0.2, 2);
    await Promise.all(nodes.map((node) => node.resume()));
  };

/** A node that is killed, and comes back without its data after all leases that it knew of are over. */
export const restartLate: Fault = async (world) => {
  const node = world.pick(world.nodes);
  await node.kill();
  // Also when the run is over: that nobody waits any more does not make it safe.
  await sleep(world.ttlMs * 1.5);
  await node.restart();
};

/** A node that is killed, and is back at once without its data. */
export const restartAtOnce: Fault = async (world, signal) => {
  await world.pickHolder();
  await world.pick(world.nodes).restart();
  await last(world, signal, 0.5, 1.5);
};

/** Nodes that forget everything: the same ones each time, or any. */
export const flushNodes =
  (count: number, which: 'any' | 'the first' = 'any'): Fault =>
  async (world, signal) => {
    await world.pickHolder();
    const nodes = which === 'any' ? world.pickNodes(count) : [0];
    await Promise.all(nodes.map((index) => world.redis(index).flushall()));
    await last(world, signal, 0.3, 1.5);
  };

/** Somebody deletes the lock keys by hand, on a majority of nodes. */
export const deleteKeys: Fault = async (world, signal) => {
  await world.pickHolder();
  const nodes = world.pickNodes(Math.floor(world.nodes.length / 2) + 1);
  await Promise.all(
    nodes.map(async (index) => {
      const keys = await world.lockKeys(index);
      if (keys.length > 0) await world.redis(index).del(...keys);
    }),
  );
  await last(world, signal, 0.3, 1.5);
};

/** The clocks of nodes are set forwards: as if, by bringing forward the ends of all lock keys. */
export const stepNodes =
  (count: number): Fault =>
  async (world, signal) => {
    await world.pickHolder();
    const stepMs = Math.round(world.ttlMs * (0.3 + world.random()));
    await Promise.all(
      world.pickNodes(count).map(async (index) => {
        const redis = world.redis(index);
        for (const key of await world.lockKeys(index)) {
          const leftMs = await redis.pttl(key);
          if (leftMs > 0) await redis.pexpire(key, leftMs - stepMs);
        }
      }),
    );
    await last(world, signal, 0.3, 1.5);
  };

/** A node that cannot be reached by anybody. */
export const cutNode: Fault = async (world, signal) => {
  const [index = 0] = world.pickNodes(1);
  const proxies = world.contenders.map((contender) => at(contender.proxies, index));
  for (const proxy of proxies) refuseAndCut(proxy);
  await last(world, signal, 0.2, 2);
  await acceptAll(proxies);
};

/** The holder cannot reach a majority of the nodes, while the others can. */
export const cutClient: Fault = async (world, signal) => {
  const {proxies: all} = await world.pickHolder();
  const nodes = world.pickNodes(Math.floor(world.nodes.length / 2) + 1);
  const proxies = nodes.map((index) => at(all, index));
  const isHolding = world.random() < 0.5;
  for (const proxy of proxies) {
    if (isHolding) proxy.hold();
    else refuseAndCut(proxy);
  }
  await last(world, signal, 0.5, 2);
  // What was held comes late now, like that of a network that was down for a while.
  if (isHolding) for (const proxy of proxies) proxy.release();
  else await acceptAll(proxies);
};

/** Messages of one direction get lost, then the connections with them: nobody knows what was done. */
export const dropMessages: Fault = async (world, signal) => {
  const {proxies: all} =
    world.random() < 0.6 ? await world.pickHolder() : world.pick(world.contenders);
  const count = 1 + Math.floor(world.random() * world.nodes.length);
  const proxies = world.pickNodes(count).map((index) => at(all, index));
  const direction = world.random() < 0.7 ? 'toClient' : 'toServer';
  for (const proxy of proxies) proxy.drop(direction);
  await last(world, signal, 0.05, 0.8);
  for (const proxy of proxies) {
    proxy.cut();
    proxy.release();
  }
};

/** A network that is slow to one node, or for one client. */
export const slow: Fault = async (world, signal) => {
  const [index = 0] = world.pickNodes(1);
  const proxies =
    world.random() < 0.5
      ? world.contenders.map((contender) => at(contender.proxies, index))
      : (await world.pickHolder()).proxies;
  const delayMs = world.ttlMs * (0.02 + world.random() * 0.4);
  const direction = world.pick(['toClient', 'toServer', 'both'] as const);
  for (const proxy of proxies) proxy.delay(delayMs, direction === 'both' ? undefined : direction);
  await last(world, signal, 0.5, 2);
  for (const proxy of proxies) proxy.delay(0);
};

/** Every message takes some milliseconds, each way another number, so that votes are split. */
export const jitter: Fault = async (world, signal) => {
  const proxies = world.contenders.flatMap((contender) => contender.proxies);
  for (const proxy of proxies) proxy.delay(Math.floor(world.random() * 8));
  await last(world, signal, 0.05, 0.1);
  for (const proxy of proxies) proxy.delay(0);
};

/** The servers forget the scripts. */
export const flushScripts: Fault = async (world, signal) => {
  await Promise.all(world.nodes.map((_, index) => world.redis(index).script('FLUSH')));
  await last(world, signal, 0.02, 0.2);
};

/** A node that becomes a replica, with its data, and refuses to be written to. */
export const makeReadOnly: Fault = async (world, signal) => {
  const [index = 0] = world.pickNodes(1);
  await world.redis(index).replicaof('127.0.0.1', 1);
  await last(world, signal, 0.3, 1.5);
  await world.redis(index).replicaof('NO', 'ONE');
};

/** A node that is out of memory. */
export const fillMemory: Fault = async (world, signal) => {
  const [index = 0] = world.pickNodes(1);
  await world.redis(index).config('SET', 'maxmemory', '1');
  await last(world, signal, 0.3, 1.5);
  await world.redis(index).config('SET', 'maxmemory', '0');
};

/** A client process that stands still for longer than its lease, mostly while it holds the lock. */
export const freezeClient: Fault = async (world, signal) => {
  const contender = world.random() < 0.8 ? await world.pickHolder() : world.pick(world.contenders);
  contender.freeze();
  await last(world, signal, 1.2, 2.2);
  contender.thaw();
};

/** A client whose event loop is blocked for longer than its lease, inside its section. */
export const blockLoop: Fault = async (world, signal) => {
  const contender = await world.pickHolder();
  contender.tell({type: 'block', ms: world.ttlMs * (1.2 + world.random())});
  await last(world, signal, 1.5, 2.5);
};

/** A client process that is killed, mostly while it holds the lock. */
export const killClient: Fault = async (world, signal) => {
  await world.replace(await world.pickHolder());
  await last(world, signal, 0.5, 1.5);
};

/** The time of day of a client process is set forwards or back. */
export const stepClient: Fault = async (world, signal) => {
  const contender = await world.pickHolder();
  contender.tell({type: 'step', ms: world.pick([-3_600_000, -5000, -300, 300, 5000, 3_600_000])});
  await last(world, signal, 0.3, 1);
};

/** Nothing happens. */
export const calm: Fault = (world, signal) => last(world, signal, 1, 1);

function refuseAndCut(proxy: Proxy): void {
  proxy.refuse();
  proxy.cut();
}

async function acceptAll(proxies: readonly Proxy[]): Promise<void> {
  await Promise.all(proxies.map((proxy) => proxy.accept()));
}
