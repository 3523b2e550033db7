import {expect} from 'chai';
import {Locker} from 'holdfast';
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {fileURLToPath} from 'node:url';
import {Redis} from 'ioredis';

import {until} from '../until.js';
import {listenersOn} from './listeners.js';
import {atRest} from './at-rest.js';
import {callsFrom} from './calls-from.js';
import {inMs} from './in-ms.js';
import {newName} from './names.js';
import {at, keyOf, Nodes} from './nodes.js';
import {callsOf} from './stats.js';
import {layouts, oneNode, type Topology} from './topologies.js';
import type {Task} from './turns.worker.js';

const worker = fileURLToPath(new URL('turns.worker.js', import.meta.url));

// Whoever was not told of a release would sleep for that long.
const slow = {ttlMs: 30_000, timeoutMs: 30_000};

const passed = async (ms: number): Promise<void> => {
  const end = performance.now() + ms;
  await until(() => performance.now() >= end, ms + 5000);
};

const scriptCalls = async (servers: readonly Redis[]): Promise<number> => {
  const calls = await Promise.all(servers.map((redis) => callsOf(redis, 'evalsha', 'eval')));
  return calls.flat().reduce((sum, count) => sum + count, 0);
};

/** Resolves once the servers run no more scripts. */
const scriptsAtRest = (servers: readonly Redis[]): Promise<number> =>
  atRest(() => scriptCalls(servers));

for (const layout of layouts) {
  const title = layout.name;
  describe(`one who waits, on ${title},`, () => {
    let topology: Topology;
    /** On how many servers a waiter listens. */
    let heard: number;

    before(async () => {
      topology = await layout.get();
      heard = topology.place.kind === 'cluster' ? 1 : topology.direct.length;
    });

    const isListening = (name: string) => async (): Promise<boolean> => {
      const counts = await listenersOn(topology.direct, name);
      return counts.reduce((sum, count) => sum + count, 0) >= heard;
    };

    it('is told of the release by another, and sends no command until then', async () => {
      const name = newName();
      const clients = topology.connect();
      const callCount = callsFrom(clients);
      await using holder = new Locker(topology.connect(), slow);
      await using waiter = new Locker(clients, slow);
      const lock = await holder.acquire(name);
      const waiting = waiter.acquire(name);
      await until(isListening(name));
      const before = await atRest(callCount);

      await passed(300);
      const during = callCount() - before;
      const tookMs = await inMs(async () => {
        await lock.release();
        await waiting;
      });

      expect(during).to.equal(0);
      expect(tookMs).to.be.below(1000);
    });

    it('is told of releases that travel together, whatever the names are', async () => {
      const base = newName('{together}');
      const odd = ['line\nbreak', 'line break', ' ', "'", '-', '%s'];
      const names = odd.map((name) => `${base}${name}`);
      const holder = new Locker(topology.connect(), slow);
      const waiter = new Locker(topology.connect(), slow);
      const locks = await Promise.all(names.map((name) => holder.acquire(name)));
      const waiting = names.map((name) => waiter.acquire(name));
      await Promise.all(names.map((name) => until(isListening(name))));

      const waitedMs = await inMs(async () => {
        await Promise.all(locks.map((lock) => lock.release()));
        await Promise.all(waiting);
      });

      expect(waitedMs).to.be.below(5000);
      await Promise.all([holder.close(), waiter.close()]);
    });

    it('sends no command for as long as the holder extends, far beyond its first time to live', async function () {
      this.timeout(20_000);
      const name = newName();
      const ttlMs = 800;
      const clients = topology.connect();
      const callCount = callsFrom(clients);
      await using holder = new Locker(topology.connect(), {ttlMs});
      // One who is content with less does not ask more often.
      await using waiter = new Locker(clients, {...slow, ttlMs: ttlMs / 2});
      const lock = await holder.acquire(name);
      const waiting = waiter.acquire(name);
      await until(isListening(name));
      // The first heartbeat tells for how long the holder keeps it at a time.
      await passed(ttlMs / 2);
      const before = await atRest(callCount);

      await passed(3 * ttlMs);
      const during = callCount() - before;
      const wasHeld = lock.isHeld;
      await lock.release();
      await waiting;

      expect(wasHeld).to.equal(true);
      expect(during).to.equal(0);
    });

    it('sends no command while the callers of another process have the lock one after the other', async () => {
      const name = newName();
      const clients = topology.connect();
      const callCount = callsFrom(clients);
      await using others = new Locker(topology.connect(), slow);
      await using waiter = new Locker(clients, slow);
      const first = await others.acquire(name);
      let before = Infinity;
      let sent = -1;
      const turns = Array.from({length: 8}, (_, turn) =>
        others.using(name, async () => {
          await passed(10);
          if (turn === 7) sent = callCount() - before;
        }),
      );
      const waiting = waiter.acquire(name);
      await until(isListening(name));
      before = await atRest(callCount);

      await first.release();
      await Promise.all(turns);
      const tookMs = await inMs(() => waiting);

      expect(sent).to.equal(0);
      expect(tookMs).to.be.below(1000);
    });

    it('has the lock soon after the last time to live of a holder that was killed between its heartbeats', async function () {
      this.timeout(20_000);
      const name = newName();
      const ttlMs = 1000;
      const [ledger = ''] = topology.place.urls;
      const task: Task = {
        place: topology.place,
        ledger,
        name,
        turns: 0,
        ttlMs,
        isHanging: true,
      };
      const other = spawn(process.execPath, [worker, JSON.stringify(task)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await once(other.stdout, 'data');
      await using waiter = new Locker(topology.connect(), slow);
      const waiting = waiter.acquire(name);
      await passed(1.5 * ttlMs);

      other.kill('SIGKILL');
      const tookMs = await inMs(() => waiting);

      expect(tookMs).to.be.below(5 * ttlMs);
    });

    it('has the lock within its time to live after the key was deleted without a notice', async function () {
      this.timeout(20_000);
      const name = newName();
      const ttlMs = 1000;
      await using holder = new Locker(topology.connect(), {ttlMs});
      await using waiter = new Locker(topology.connect(), slow);
      const lock = await holder.acquire(name);
      const waiting = waiter.acquire(name);
      await until(isListening(name));
      await passed(ttlMs);

      const [somewhere] = topology.connect();
      if (topology.place.kind === 'cluster') await somewhere?.del(keyOf(name));
      else await Promise.all(topology.direct.map((redis) => redis.del(keyOf(name))));
      const tookMs = await inMs(() => waiting);

      expect(tookMs).to.be.below(5 * ttlMs);
      await until(() => !lock.isHeld);
    });

    it('is told of the release in another process', async function () {
      this.timeout(30_000);
      const name = newName();
      const apart = await oneNode.get();
      const [ledger = ''] = apart.place.urls;
      const task: Task = {place: topology.place, ledger, name, turns: 1, ttlMs: 30_000};
      await using holder = new Locker(topology.connect(), slow);
      const lock = await holder.acquire(name);
      const other = spawn(process.execPath, [worker, JSON.stringify(task)], {stdio: 'inherit'});
      const exit = once(other, 'exit');
      await until(isListening(name), 20_000);

      const tookMs = await inMs(async () => {
        await lock.release();
        await until(async () => (await at(apart.direct, 0).llen(`fences:${name}`)) > 0);
      });

      // Two take a turn there, one after the other.
      expect(tookMs).to.be.below(1000);
      expect(await exit).to.deep.equal([0, null]);
      expect(await at(apart.direct, 0).llen(`fences:${name}`)).to.equal(2);
    });
  });
}

describe('one who waits', () => {
  let nodes: Nodes;

  before(async () => {
    nodes = await Nodes.start(3);
  });

  after(async () => {
    await nodes.stop();
  });

  afterEach(() => {
    nodes.heal();
  });

  it('is told of a release through clients without an offline queue', async () => {
    const name = newName();
    const clients = nodes.connect({enableOfflineQueue: false});
    await until(() => clients.every(({status}) => status === 'ready'));
    await using holder = new Locker(nodes.connect(), slow);
    await using waiter = new Locker(clients, slow);
    const lock = await holder.acquire(name);
    const waiting = waiter.acquire(name);
    await until(async () => (await listenersOn(nodes.direct, name)).every((count) => count === 1));
    await scriptsAtRest(nodes.direct);

    const tookMs = await inMs(async () => {
      await lock.release();
      await waiting;
    });

    expect(tookMs).to.be.below(1000);
  });

  it('is told of a release at once though one node never answers the subscription', async () => {
    const name = newName();
    const clients = nodes.connect();
    const silent = new Redis(nodes.proxy(2).url);
    at(clients, 2).duplicate = () => silent;
    nodes.proxy(2).hold();
    await using holder = new Locker(nodes.connect(), slow);
    await using waiter = new Locker(clients, slow);
    const lock = await holder.acquire(name);
    await nodes.haveAll(keyOf(name), lock.token);

    const tookMs = await inMs(async () => {
      const waiting = waiter.acquire(name);
      await until(async () => {
        const [one, two] = await listenersOn(nodes.direct, name);
        return one === 1 && two === 1;
      });
      await lock.release();
      await waiting;
    });

    expect(await listenersOn(nodes.direct, name)).to.deep.equal([1, 1, 0]);
    expect(tookMs).to.be.below(900);
  });

  it('is not woken by its own release of a node that the holder does not have', async () => {
    const name = newName();
    await using holder = new Locker(nodes.connect(), slow);
    await using waiter = new Locker(nodes.connect(), slow);
    const lock = await holder.acquire(name);
    await nodes.haveAll(keyOf(name), lock.token);
    await nodes.redis(2).del(keyOf(name));

    const waiting = waiter.acquire(name);
    await until(async () => (await listenersOn(nodes.direct, name)).every((count) => count === 1));
    await scriptsAtRest(nodes.direct);
    const tookMs = await inMs(async () => {
      await lock.release();
      await waiting;
    });

    expect(tookMs).to.be.below(1000);
  });

  it('asks again once the connection is back on which a release may have been told', async () => {
    const name = newName();
    const clients = nodes.connect();
    for (const [index, client] of clients.entries()) {
      client.duplicate = () => new Redis(nodes.proxy(index).url, {retryStrategy: () => 20});
    }
    await using holder = new Locker(nodes.connect(), slow);
    await using waiter = new Locker(clients, slow);
    const lock = await holder.acquire(name);
    const waiting = waiter.acquire(name);
    await until(async () => (await listenersOn(nodes.direct, name)).every((count) => count === 1));
    await scriptsAtRest(nodes.direct);
    for (const proxy of nodes.proxies) proxy.drop('toClient');
    await lock.release();
    await until(async () => (await nodes.count(keyOf(name))) === 0);

    const tookMs = await inMs(async () => {
      for (const proxy of nodes.proxies) {
        proxy.release();
        proxy.cut();
      }
      await waiting;
    });

    expect(tookMs).to.be.below(3000);
  });
});
