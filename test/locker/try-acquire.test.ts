import {expect} from 'chai';
import {Locker, QuorumError} from 'holdfast';

import {rejectionOf} from '../rejection.js';
import {until} from '../until.js';
import {newName} from './names.js';
import {keyOf, Nodes} from './nodes.js';

describe('a single attempt', () => {
  let nodes: Nodes;
  let one: Locker;
  let other: Locker;

  before(async () => {
    nodes = await Nodes.start(3);
    one = new Locker(nodes.connectThroughProxies(), {ttlMs: 2000, nodeTimeoutMs: 300});
    other = new Locker(nodes.connect(), {ttlMs: 2000, nodeTimeoutMs: 300});
  });

  after(async () => {
    await one.close();
    await other.close();
    await nodes.stop();
  });

  afterEach(() => {
    nodes.heal();
  });

  it('gives the lock when it is free, and nothing when it is held, here or elsewhere', async () => {
    const name = newName();

    const lock = await one.tryAcquire(name);
    const wasHeld = lock?.isHeld;
    const busy = [await one.tryAcquire(name), await other.tryAcquire(name)];
    await lock?.release();
    const next = await other.tryAcquire(name);

    expect(wasHeld).to.equal(true);
    expect(busy).to.deep.equal([undefined, undefined]);
    expect(await next?.release()).to.equal(true);
  });

  it('bears with a connection that has yet to be made, for longer than a node may be silent later', async () => {
    nodes.servers.forEach((_, index) => nodes.proxy(index).hold());
    await using young = new Locker(nodes.connectThroughProxies(), {ttlMs: 8000});
    const attempt = young.tryAcquire(newName());
    // A node may be silent for 400 ms.
    const opensAt = performance.now() + 600;
    await until(() => performance.now() > opensAt);
    nodes.heal();

    expect((await attempt)?.isHeld).to.equal(true);
  });

  it('gives nothing when others hold a majority, though one node is free and one is down', async () => {
    const name = newName();
    await Promise.all([0, 1].map((index) => nodes.redis(index).set(keyOf(name), 'x', 'PX', 5000)));
    nodes.proxy(2).hold();

    expect(await one.tryAcquire(name)).to.equal(undefined);
  });

  it('is an error when nobody knows: one node is held by others, one is free and one is down', async () => {
    const name = newName();
    await nodes.redis(0).set(keyOf(name), 'x', 'PX', 5000);
    nodes.proxy(2).hold();

    const error = await rejectionOf(one.tryAcquire(name));

    expect(error).to.be.an.instanceOf(QuorumError);
    expect((error as QuorumError).nodeErrors.map(({node}) => node)).to.deep.equal([2]);
  });

  it('is an error when a higher quorum than the majority cannot be had', async () => {
    const all = new Locker(nodes.connectThroughProxies(), {
      quorum: 3,
      ttlMs: 2000,
      nodeTimeoutMs: 300,
    });
    const name = newName();
    const whole = await all.tryAcquire(name);
    await whole?.release();

    nodes.proxy(1).hold();
    const error = await rejectionOf(all.tryAcquire(name));

    expect(whole?.token).to.be.a('string');
    expect(error).to.be.an.instanceOf(QuorumError);
    await all.close();
  });

  it('lets one of many who try at once have it, in one process and in several', async () => {
    for (const lockers of [
      [one, one, one, one],
      [one, other, one, other],
    ]) {
      const name = newName();

      const locks = await Promise.all(lockers.map((locker) => locker.tryAcquire(name)));

      const obtained = locks.filter((lock) => lock !== undefined);
      expect(obtained.length).to.be.at.most(1);
      for (const lock of obtained) expect(await lock.release()).to.equal(true);
    }
  });

  it('does not stand in the way of those who wait in line', async () => {
    const name = newName();
    const lock = await one.acquire(name);
    const turns: string[] = [];
    const waiting = one.using(name, () => turns.push('waiter'));

    const tried = await one.tryAcquire(name);
    await lock.release();
    await waiting;

    expect(tried).to.equal(undefined);
    expect(turns).to.deep.equal(['waiter']);
  });
});
