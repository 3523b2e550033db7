import {expect} from 'chai';
import {Locker, LockerClosedError, LockLostError} from 'holdfast';
import {Redis} from 'ioredis';

import {PendingTimers} from '../pending-timers.js';
import {rejectionOf} from '../rejection.js';
import {until} from '../until.js';
import {listenersOn} from './listeners.js';
import {newName} from './names.js';
import {at, keyOf, Nodes} from './nodes.js';
import {callsOf} from './stats.js';

for (const count of [1, 3]) {
  describe(`closing a locker, on ${count} node${count > 1 ? 's' : ''},`, () => {
    let nodes: Nodes;

    before(async () => {
      nodes = await Nodes.start(count);
    });

    after(async () => {
      await nodes.stop();
    });

    it('releases what is held, after its holders were told', async () => {
      const names = [newName(), newName()];
      const locker = new Locker(nodes.connect());
      const locks = await Promise.all(names.map((name) => locker.acquire(name)));
      const reasons: unknown[] = [];
      for (const {signal} of locks) {
        signal.addEventListener('abort', () => reasons.push(signal.reason));
      }

      await locker.close();

      expect(reasons).to.have.lengthOf(2);
      for (const reason of reasons) expect(reason).to.be.an.instanceOf(LockLostError);
      expect(locks.map(({isHeld}) => isHeld)).to.deep.equal([false, false]);
      for (const name of names) {
        await until(async () => (await nodes.count(keyOf(name))) === 0, 1000);
      }
    });

    it('rejects those who wait, in this process and for another', async () => {
      const [mine, theirs] = [newName(), newName()];
      const other = new Locker(nodes.connect());
      const locker = new Locker(nodes.connect());
      const lock = await other.acquire(theirs);
      await locker.acquire(mine);
      const waiting = [
        rejectionOf(locker.acquire(mine, {timeoutMs: Infinity})),
        rejectionOf(locker.acquire(theirs, {timeoutMs: Infinity})),
        rejectionOf(locker.acquire(theirs, {timeoutMs: Infinity})),
        rejectionOf(locker.using([theirs, mine], () => 'worked')),
      ];
      const start = performance.now();
      await until(() => performance.now() - start > 50);

      await locker.close();
      const errors = await Promise.all(waiting);

      for (const error of errors) expect(error).to.be.an.instanceOf(LockerClosedError);
      expect(await lock.release()).to.equal(true);
      await other.close();
    });

    it('gives back what is obtained while it is closing', async () => {
      const names = Array.from({length: 20}, () => newName());
      const locker = new Locker(nodes.connectThroughProxies(), {ttlMs: 60_000});
      const calls = names.map((name, index) =>
        rejectionOf(index % 2 === 0 ? locker.acquire(name) : locker.tryAcquire(name)),
      );

      await Promise.resolve();
      await locker.close();
      const errors = await Promise.all(calls);

      for (const error of errors) expect(error).to.be.an.instanceOf(LockerClosedError);
      for (const name of names) {
        await until(async () => (await nodes.count(keyOf(name))) === 0, 2000);
      }
    });

    it('refuses what comes later, and may be done twice', async () => {
      const locker = new Locker(nodes.connect());

      await Promise.all([locker.close(), locker.close()]);
      await locker.close();

      for (const call of [locker.acquire('x'), locker.tryAcquire('x')]) {
        expect(await rejectionOf(call)).to.be.an.instanceOf(LockerClosedError);
      }
    });

    it('happens at the end of an await using scope', async () => {
      const name = newName();
      {
        await using locker = new Locker(nodes.connect());
        await locker.acquire(name);
      }

      await until(async () => (await nodes.count(keyOf(name))) === 0, 1000);
    });

    it('leaves the clients open, and no timer behind', async () => {
      const clients = nodes.connect();
      const locker = new Locker(clients);
      await locker.using(newName('warm-up'), () => {});
      using timers = new PendingTimers();
      await locker.acquire(newName());

      await locker.close();

      expect(await Promise.all(clients.map((client) => client.ping()))).to.include('PONG');
      await until(() => timers.count === 0);
    });

    it('does not wait for ever for a server that hangs', async () => {
      const locker = new Locker(nodes.connectThroughProxies(), {ttlMs: 2000, nodeTimeoutMs: 300});
      await locker.acquire(newName());
      for (const proxy of nodes.proxies) proxy.hold();
      const start = performance.now();

      await locker.close();
      const tookMs = performance.now() - start;
      for (const proxy of nodes.proxies) proxy.release();

      expect(tookMs).to.be.below(2500);
    });
  });
}

describe('closing a locker', () => {
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

  /** How many connections each of the servers has. */
  const connections = (): Promise<number[]> =>
    Promise.all(
      nodes.direct.map(async (redis) => {
        const list = await redis.client('LIST');
        return String(list).trim().split('\n').length;
      }),
    );

  for (const moment of ['before', 'after'] as const) {
    it(`ends at once, and leaves no connection, when the one for notices was cut off ${moment} it was heard`, async () => {
      const name = newName();
      const clients = nodes.connect();
      await Promise.all(clients.map((client) => client.ping()));
      const atFirst = await connections();
      const listeners: Redis[] = [];
      for (const [index, client] of clients.entries()) {
        client.duplicate = () => {
          const listener = new Redis(nodes.proxy(index).url);
          listeners.push(listener);
          return listener;
        };
      }
      await using holder = new Locker(nodes.direct, {ttlMs: 30_000});
      const locker = new Locker(clients, {ttlMs: 30_000});
      await holder.acquire(name);
      if (moment === 'before') for (const proxy of nodes.proxies) proxy.hold();
      const waiting = rejectionOf(locker.acquire(name));
      await until(() => listeners.length === 3);
      if (moment === 'after') {
        await until(async () => (await listenersOn(nodes.direct, name)).every((n) => n === 1));
        for (const proxy of nodes.proxies) proxy.hold();
      }

      const start = performance.now();
      await locker.close();
      const tookMs = performance.now() - start;

      expect(tookMs).to.be.below(700);
      expect(await waiting).to.be.an.instanceOf(LockerClosedError);
      await until(() => listeners.every(({status}) => status === 'end'));
      await until(async () => String(await connections()) === String(atFirst));
    });
  }

  it('waits until what a lost vote took is given back', async () => {
    const name = newName();
    const clients = nodes.connectThroughProxies();
    const locker = new Locker(clients, {ttlMs: 30_000, nodeTimeoutMs: 3000});
    await locker.using(newName('warm-up'), () => {});
    await Promise.all([1, 2].map((index) => nodes.redis(index).set(keyOf(name), 'other')));
    const [before = 0] = await callsOf(nodes.redis(0), 'publish');
    nodes.proxy(0).delay(300, 'toServer');

    const lock = await locker.tryAcquire(name);
    await locker.close();
    const [after = 0] = await callsOf(nodes.redis(0), 'publish');

    expect(lock).to.equal(undefined);
    expect(after - before).to.equal(1);
    expect(await nodes.get(keyOf(name))).to.deep.equal([null, 'other', 'other']);
    expect(at(clients, 0).status).to.equal('ready');
  });
});
