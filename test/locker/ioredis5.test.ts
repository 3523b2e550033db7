import {expect} from 'chai';
import {Locker, LockLostError, QuorumError} from 'holdfast';
import {Cluster, Redis} from 'ioredis5';

import type {RedisServer} from '../redis/redis-server.js';
import {startCluster} from '../redis/start-cluster.js';
import {startProxy, type Proxy} from '../redis/proxy.js';
import {startRedisNodes} from '../redis/start-redis-nodes.js';
import {rejectionOf} from '../rejection.js';
import {until} from '../until.js';
import {newName} from './names.js';
import {at, keyOf} from './nodes.js';

const connect = ({url}: {readonly url: string}): Redis => {
  const client = new Redis(url, {retryStrategy: () => 20});
  client.on('error', () => {});
  return client;
};

describe('with ioredis 5, a locker', () => {
  let servers: RedisServer[];
  let proxies: Proxy[];
  let clients: Redis[];
  let direct: Redis[];
  let one: Locker;
  let other: Locker;

  before(async () => {
    servers = await startRedisNodes(3);
    proxies = await Promise.all(servers.map((server) => startProxy(server)));
    clients = proxies.map((proxy) => connect(proxy));
    direct = servers.map((server) => connect(server));
    one = new Locker(clients, {ttlMs: 2000, nodeTimeoutMs: 300});
    other = new Locker(direct, {ttlMs: 2000, nodeTimeoutMs: 300});
  });

  after(async () => {
    await one.close();
    await other.close();
    for (const client of [...clients, ...direct]) client.disconnect();
    await Promise.all(proxies.map((proxy) => proxy.stop()));
    await Promise.all(servers.map((server) => server.stop()));
  });

  afterEach(() => {
    for (const proxy of proxies) proxy.release();
  });

  const count = async (key: string): Promise<number> => {
    const all = await Promise.all(direct.map((redis) => redis.exists(key)));
    return all.reduce((sum, each) => sum + each, 0);
  };

  it('excludes others, and numbers the holders', async () => {
    const name = newName();
    const fences: number[] = [];
    let inside = 0;
    const takeTurns = async (locker: Locker): Promise<void> => {
      for (let turn = 0; turn < 10; turn += 1) {
        await locker.using(name, async ({fence}) => {
          inside += 1;
          expect(inside).to.equal(1);
          await at(direct, 0).ping();
          fences.push(fence);
          inside -= 1;
        });
      }
    };

    await Promise.all([takeTurns(one), takeTurns(other), takeTurns(one)]);

    expect(fences).to.have.lengthOf(30);
    expect(fences).to.deep.equal(fences.toSorted((a, b) => a - b));
    await until(async () => (await count(keyOf(name))) === 0);
  });

  it('hears of a release by another at once, though the time to live is long', async () => {
    const name = newName();
    const lock = await other.acquire(name, {ttlMs: 60_000});
    const waiting = one.acquire(name, {ttlMs: 60_000});
    const start = performance.now();
    await until(() => performance.now() - start > 300);

    await lock.release();
    const next = await waiting;

    expect(performance.now() - start).to.be.below(5000);
    expect(await next.release()).to.equal(true);
  });

  it('knows scripts that a server has forgotten, and keys that were stolen', async () => {
    const name = newName();
    await Promise.all(direct.map((redis) => redis.script('FLUSH')));
    const lock = await one.acquire(name);
    await until(async () => (await count(keyOf(name))) === 3);
    await Promise.all(direct.map((redis) => redis.set(keyOf(name), 'a thief', 'PX', 3000)));

    const error = await rejectionOf(lock.extend());

    expect(error).to.be.an.instanceOf(LockLostError);
  });

  it('works while one node hangs, says so when two do, and leaves no key', async () => {
    const name = newName();
    at(proxies, 0).hold();
    await (await one.acquire(name)).release();
    at(proxies, 1).hold();

    const error = await rejectionOf(one.tryAcquire(name, {ttlMs: 60_000}));
    for (const proxy of proxies) proxy.release();

    expect(error).to.be.an.instanceOf(QuorumError);
    expect((error as QuorumError).nodeErrors.map(({node}) => node)).to.have.members([0, 1]);
    await until(async () => (await count(keyOf(name))) === 0, 3000);
  });

  it('is granted its lock when the connection is cut before the reply and the client sends again', async () => {
    const client = new Redis(at(proxies, 0).url, {retryStrategy: () => 20});
    const locker = new Locker(client, {ttlMs: 60_000, nodeTimeoutMs: 8000});
    const name = newName();
    await locker.using(newName('warm-up'), () => {});
    at(proxies, 0).drop('toClient');
    const acquiring = locker.acquire(name);
    await until(async () => (await count(keyOf(name))) === 1);

    at(proxies, 0).release();
    at(proxies, 0).cut();
    const lock = await acquiring;

    expect(await at(direct, 0).get(keyOf(name))).to.equal(lock.token);
    expect(await lock.release()).to.equal(true);
    await locker.close();
    client.disconnect();
  });

  it('takes a Cluster for one node', async () => {
    await using cluster = await startCluster();
    const client = new Cluster(cluster.nodes.map(({host, port}) => ({host, port})));
    const locker = new Locker(client);
    const fences: number[] = [];

    for (let turn = 0; turn < 5; turn += 1) {
      await locker.using([`{${turn}}:a`, `{${turn}}:b`], (lock) => {
        fences.push(...lock.fences.values());
      });
    }
    await locker.close();
    client.disconnect();

    expect(fences).to.have.lengthOf(10);
    expect(fences.every((fence) => fence > 0)).to.equal(true);
  });
});
