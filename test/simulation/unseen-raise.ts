import {acquire, raise, release} from '#internal/redis/scripts.generated.js';
import {Locker, type RedisClient} from 'holdfast';
import {Machine, MemoryRedis, VirtualClock} from 'holdfast/testing';

import {at} from '../locker/nodes.js';
import {COUNTER_IN_RAISE} from './mutations.js';

// Above the clock, so that counters are counted on as they are.
const BASE = 2 ** 52;
const FENCE_KEY = '{lock:a}:fence';

/**
 * The one way in which it does harm to raise a node whose grant was not seen, step by step: too rare for chance to find.
 *
 * Resolves to the fences of two who had the lock one after the other, less what they have in common.
 */
export async function unseenRaise(isBroken: boolean): Promise<readonly [number, number]> {
  using clock = new VirtualClock().install();
  const nodes = [0, 1, 2].map(() => new MemoryRedis({clock}));
  for (const [index, counter] of [1, 5, 0].entries()) {
    const node = at(nodes, index);
    await node.send('SET', [FENCE_KEY, String(BASE + counter), 'PX', '600000']);
    for (const {text} of [acquire, raise, release]) await node.send('SCRIPT', ['LOAD', text]);
  }
  const options = {ttlMs: 1200, nodeTimeoutMs: 300};
  const start = (delays: readonly (readonly [request: number, reply: number])[]) => {
    const machine = new Machine(clock);
    const links = nodes.map((node, index) => {
      const [request, reply] = at(delays, index);
      return machine.connect(node, {requests: {delayMs: request}, replies: {delayMs: reply}});
    });
    const clients = isBroken ? links.map((link) => raisingAll(link, links)) : links;
    return {machine, locker: new Locker(clients, options)};
  };

  // Its command reaches node 1 late, and it hears of node 0 late.
  const slow = start([
    [1, 40],
    [30, 100],
    [1, 1],
  ]);
  const first = start([
    [0.5, 0.5],
    [0.5, 0.5],
    [0.5, 0.5],
  ]);
  const second = start([
    [1, 1],
    [1, 1],
    [50, 50],
  ]);
  const failing = slow.machine.run(() => slow.locker.tryAcquire('a').catch(() => undefined));
  await clock.advance(5);
  await at(nodes, 2).send('DEL', ['lock:a']);
  // Takes nodes 1 and 2, and is numbered by node 1.
  const lock = await clock.until(first.machine.run(() => first.locker.acquire('a')));
  await clock.until(first.machine.run(() => lock.release()));
  // Now node 1 grants to the slow one, which does not hear of it, and raises what it has.
  await clock.until(failing);
  await clock.advance(300);
  // Takes nodes 0 and 1.
  const next = await clock.until(second.machine.run(() => second.locker.acquire('a')));
  return [lock.fence - BASE, next.fence - BASE];
}

/** Sends every raise to all nodes, where it does not look at the counter. */
function raisingAll(link: RedisClient, links: readonly RedisClient[]): RedisClient {
  const text = raise.text.replace(COUNTER_IN_RAISE, '');
  return {
    send: (command, args) => {
      if (args[0] !== raise.sha1) return link.send(command, args);
      for (const other of links) {
        if (other !== link) other.send('EVAL', [text, ...args.slice(1)]).catch(() => {});
      }
      return link.send('EVAL', [text, ...args.slice(1)]);
    },
  };
}
