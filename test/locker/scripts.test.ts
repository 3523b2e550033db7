import {
  acquire,
  attend,
  batch,
  enter,
  extend,
  leave,
  pass,
  raise,
  release,
} from '#internal/redis/scripts.generated.js';
import {expect} from 'chai';
import {Locker} from 'holdfast';
import type {Redis} from 'ioredis';

import {rejectionOf} from '../rejection.js';
import {until} from '../until.js';
import {newName} from './names.js';
import {keyOf, type Nodes} from './nodes.js';
import {troubledNodes} from './troubled-nodes.js';

const texts = {acquire, attend, batch, enter, extend, leave, pass, raise, release};

describe('the scripts on the servers', () => {
  let nodes: Nodes;
  let locker: Locker;

  troubledNodes(3, {ttlMs: 60_000, nodeTimeoutMs: 2000}, (...ready) => {
    [nodes, locker] = ready;
  });

  const forget = async (): Promise<void> => {
    await Promise.all(nodes.direct.map((redis) => redis.script('FLUSH')));
  };

  it('have the hashes that the library knows them by', async () => {
    for (const {text, sha1} of Object.values(texts)) {
      expect(await nodes.redis(0).script('LOAD', text)).to.equal(sha1);
    }
  });

  it('are sent again to servers that have forgotten them, before each kind of command', async () => {
    const name = newName();
    await forget();
    const lock = await locker.acquire(name);
    await forget();
    await lock.extend();
    await forget();
    const busy = await new Locker(nodes.connect()).tryAcquire(name);
    await forget();
    const released = await lock.release();

    expect(busy).to.equal(undefined);
    expect(released).to.equal(true);
    await until(async () => (await nodes.count(keyOf(name))) === 0);
  });

  it('may be forgotten at any moment while many take turns', async () => {
    const name = newName();
    const lockers = [locker, new Locker(nodes.connect()), new Locker(nodes.connect())];
    let inside = 0;
    let sections = 0;
    const takeTurns = async (one: Locker, index: number): Promise<void> => {
      for (let turn = 0; turn < 10; turn += 1) {
        await one.using([name, `${name}:${index}:${turn}`], async () => {
          inside += 1;
          expect(inside).to.equal(1);
          await forget();
          inside -= 1;
          sections += 1;
        });
        await forget();
      }
    };

    await Promise.all(lockers.map((one, index) => takeTurns(one, index)));

    expect(sections).to.equal(30);
    await until(async () => (await nodes.count(keyOf(name))) === 0, 3000);
  });

  it('are forgotten with a restart, and sent again', async () => {
    await nodes.server(0).restart();

    const lock = await locker.acquire(newName());

    expect(await lock.release()).to.equal(true);
  });

  /** Makes servers know how to release, and nothing else. */
  async function teachReleaseOnly(...servers: readonly number[]): Promise<void> {
    for (const index of servers) {
      await nodes.redis(index).script('FLUSH');
      await nodes.redis(index).script('LOAD', release.text);
    }
  }

  /** Waits until all that was held back has been answered, and all that was sent upon these answers too. */
  async function letGo(clients: readonly Redis[]): Promise<void> {
    for (const proxy of nodes.proxies) proxy.release();
    for (let times = 0; times < 2; times += 1) {
      await Promise.all(clients.map((client) => client.ping()));
    }
  }

  it('take nothing on a slow node after the release has come there, which alone it knows', async () => {
    const name = newName();
    const clients = nodes.connectThroughProxies();
    const one = new Locker(clients, {ttlMs: 60_000, nodeTimeoutMs: 2000});
    await (await one.acquire(newName('warm-up'))).release();
    await teachReleaseOnly(2);
    nodes.proxy(2).hold('toServer');

    const released = await (await one.acquire(name)).release();
    await letGo(clients);

    expect(released).to.equal(true);
    await until(async () => (await nodes.count(keyOf(name))) === 0, 2000);
    await one.close();
  });

  it('take nothing on a slow node after the others have refused the lock', async () => {
    const name = newName();
    const clients = nodes.connectThroughProxies();
    const one = new Locker(clients, {ttlMs: 60_000, nodeTimeoutMs: 2000});
    await (await one.acquire(newName('warm-up'))).release();
    await Promise.all([0, 1].map((index) => nodes.redis(index).set(keyOf(name), 'x', 'PX', 9000)));
    await teachReleaseOnly(2);
    nodes.proxy(2).hold('toServer');

    const lock = await one.tryAcquire(name);
    await letGo(clients);

    expect(lock).to.equal(undefined);
    await until(async () => (await nodes.redis(2).exists(keyOf(name))) === 0, 2000);
    await one.close();
  });

  it('take nothing on nodes that know only how to release, after the caller was told that it failed', async () => {
    const name = newName();
    const clients = nodes.connectThroughProxies();
    const hasty = new Locker(clients, {ttlMs: 60_000, nodeTimeoutMs: 200});
    await (await hasty.acquire(newName('warm-up'))).release();
    await teachReleaseOnly(1, 2);
    for (const index of [1, 2]) nodes.proxy(index).hold('toServer');

    const error = await rejectionOf(hasty.tryAcquire(name));
    await letGo(clients);

    expect(error).to.have.property('code', 'ERR_QUORUM');
    await until(async () => (await nodes.count(keyOf(name))) === 0, 2000);
    await hasty.close();
  });
});
