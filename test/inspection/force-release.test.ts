import {expect} from 'chai';
import {Locker, LockLostError, QuorumError, type Lock} from 'holdfast';
import type {Cluster, Redis} from 'ioredis';

import {newName} from '../locker/names.js';
import {at, keyOf, Nodes} from '../locker/nodes.js';
import {layouts, type Topology} from '../locker/topologies.js';
import {rejectionOf} from '../rejection.js';
import {until} from '../until.js';

// The next heartbeat is twenty seconds away: what is known before that was told.
const long = {ttlMs: 60_000};

/** Resolves when a locker is told of forced releases on every one of the servers that tell. */
async function hears(servers: readonly Redis[], {token}: Lock, count = servers.length) {
  const channel = `holdfast:forced:${token.slice(0, 12)}`;
  await until(async () => {
    const replies = await Promise.all(servers.map((redis) => redis.pubsub('NUMSUB', channel)));
    return replies.filter(([, listening]) => Number(listening) > 0).length >= count;
  });
}

for (const layout of layouts) {
  describe(`a forced release, on ${layout.name},`, () => {
    let topology: Topology;
    let clients: readonly (Redis | Cluster)[];
    let holder: Locker;
    let forcer: Locker;
    /** On how many servers a locker listens: of a Cluster any one will do. */
    let heardOn: number;

    before(async () => {
      topology = await layout.get();
      clients = topology.connect();
      holder = new Locker(topology.connect(), long);
      forcer = new Locker(topology.connect(), long);
      heardOn = topology.place.kind === 'cluster' ? 1 : clients.length;
    });

    after(async () => {
      await holder.close();
      await forcer.close();
    });

    const count = async (name: string): Promise<number> => {
      const each = await Promise.all(clients.map((client) => client.exists(keyOf(name))));
      return each.reduce((sum, one) => sum + one, 0);
    };

    it('frees the lock on all nodes, and tells its holder at once', async () => {
      const name = newName();
      const lock = await holder.acquire(name);
      const {signal} = lock;
      await hears(topology.direct, lock, heardOn);

      const freed = await forcer.forceRelease(name);
      await until(() => signal.aborted);

      expect(freed).to.equal(true);
      expect(signal.reason).to.be.an.instanceOf(LockLostError);
      expect(signal.reason).to.have.property('message').that.includes('by force');
      expect(lock.isHeld).to.equal(false);
      expect(await count(name)).to.equal(0);
      expect(await lock.release()).to.equal(false);
    });

    it('gives it to one who waits at once, with a larger fence', async () => {
      const name = newName();
      const lock = await holder.acquire(name);
      const waiting = forcer.acquire(name, {timeoutMs: 20_000});
      await hears(topology.direct, lock, heardOn);
      const start = performance.now();

      await forcer.forceRelease(name, {token: lock.token});
      const next = await waiting;

      expect(performance.now() - start).to.be.below(10_000);
      expect(next.fence).to.be.above(lock.fence);
      expect(await next.release()).to.equal(true);
    });

    it('ends only the lock that it is about', async () => {
      const locks = [await holder.acquire(newName()), await holder.acquire(newName())];
      await hears(topology.direct, at(locks, 0), heardOn);

      await forcer.forceRelease(at(at(locks, 1).resources, 0));
      await until(() => at(locks, 1).signal.aborted);

      expect(at(locks, 0).isHeld).to.equal(true);
      expect(await at(locks, 0).release()).to.equal(true);
    });

    it('of one of several resources ends the lock on all of them', async () => {
      const names = ['{both}:a', '{both}:b'].map((name) => newName(name));
      const lock = await holder.acquire(names);
      await hears(topology.direct, lock, heardOn);

      await forcer.forceRelease(at(names, 1));
      await until(() => lock.signal.aborted);
      await lock.release();

      for (const name of names) await until(async () => (await count(name)) === 0);
    });

    it('from one holder leaves another alone', async () => {
      const name = newName();
      const before = await holder.acquire(name);
      await before.release();
      const lock = await holder.acquire(name);

      expect(await forcer.forceRelease(name, {token: before.token})).to.equal(false);
      expect(await forcer.forceRelease(name, {token: lock.token})).to.equal(true);
    });

    it('of what nobody holds frees nothing', async () => {
      expect(await forcer.forceRelease(newName())).to.equal(false);
    });

    it('frees what another library holds, or a key without an end', async () => {
      for (const life of [{PX: 9000}, {}]) {
        const name = newName();
        await Promise.all(
          clients.map((client) =>
            'PX' in life
              ? client.set(keyOf(name), 'x', 'PX', life.PX)
              : client.set(keyOf(name), 'x'),
          ),
        );

        expect(await forcer.forceRelease(name)).to.equal(true);
        expect(await count(name)).to.equal(0);
      }
    });

    it('is not told any more to a locker that has held nothing for a while', async () => {
      await using idle = new Locker(topology.connect(), long);
      const lock = await idle.acquire(newName());
      await hears(topology.direct, lock, heardOn);

      await lock.release();

      const channel = `holdfast:forced:${lock.token.slice(0, 12)}`;
      await until(async () => {
        const replies = await Promise.all(
          topology.direct.map((redis) => redis.pubsub('NUMSUB', channel)),
        );
        return replies.every(([, listening]) => Number(listening) === 0);
      });
    });
  });
}

describe('a forced release', () => {
  it('gives the lock to the first in a fair line at once, from a fair holder or another', async () => {
    await using nodes = await Nodes.start(1);
    const fair = {...long, fair: true, timeoutMs: 20_000};
    await using holder = new Locker(nodes.connect(), long);
    await using one = new Locker(nodes.connect(), fair);
    await using other = new Locker(nodes.connect(), fair);
    const name = newName();
    await holder.acquire(name);
    const first = one.acquire(name);
    await until(async () => (await holder.inspect(name)).waiters === 1);
    const second = other.acquire(name);
    await until(async () => (await holder.inspect(name)).waiters === 2);
    const start = performance.now();

    await holder.forceRelease(name);
    const lock = await first;
    await hears(nodes.direct, lock);
    await holder.forceRelease(name);
    await until(() => lock.signal.aborted);
    const next = await second;

    expect(performance.now() - start).to.be.below(10_000);
    expect(next.fence).to.be.above(lock.fence);
    expect(await next.release()).to.equal(true);
  });
});

describe('a forced release, in trouble,', () => {
  let nodes: Nodes;

  before(async () => {
    nodes = await Nodes.start(3);
  });

  after(async () => {
    await nodes.stop();
  });

  afterEach(async () => {
    nodes.heal();
    await Promise.all(nodes.servers.map((server) => server.resume()));
    await Promise.all(nodes.direct.map((redis) => redis.acl('DELUSER', 'mute')));
  });

  it('is noticed with the next heartbeat where nobody may publish', async () => {
    const name = newName();
    for (const redis of nodes.direct) {
      await redis.acl('SETUSER', 'mute', 'on', '>pw', '~*', '&*', '+@all', '-publish');
    }
    const mute = {username: 'mute', password: 'pw'};
    await using holder = new Locker(nodes.connect(), {ttlMs: 1000});
    await using forcer = new Locker(nodes.connect(mute), {ttlMs: 60_000});
    const lock = await holder.acquire(name);
    // Two are enough to have it. A node that is asked to free it before it is asked for it has it until its time is over.
    await until(async () => (await nodes.count(keyOf(name))) === 3);

    expect(await forcer.forceRelease(name)).to.equal(true);
    await until(() => lock.signal.aborted, 3000);

    expect(lock.signal.reason).to.be.an.instanceOf(LockLostError);
    expect(await nodes.count(keyOf(name))).to.equal(0);
  });

  it('works with one node down, and is told by the others', async () => {
    const name = newName();
    await using holder = new Locker(nodes.connect(), long);
    await using forcer = new Locker(nodes.connectThroughProxies(), {...long, nodeTimeoutMs: 300});
    const lock = await holder.acquire(name);
    await nodes.haveAll(keyOf(name), lock.token);
    await hears(nodes.direct, lock);
    nodes.proxy(1).hold();

    expect(await forcer.forceRelease(name)).to.equal(true);
    await until(() => lock.signal.aborted);

    expect(await nodes.count(keyOf(name))).to.equal(1);
  });

  it('is not certain with two nodes down, and one that tells does not end the lock', async () => {
    const name = newName();
    await using holder = new Locker(nodes.connect(), long);
    await using forcer = new Locker(nodes.connectThroughProxies(), {...long, nodeTimeoutMs: 300});
    const lock = await holder.acquire(name);
    await nodes.haveAll(keyOf(name), lock.token);
    await hears(nodes.direct, lock);
    for (const index of [0, 1]) nodes.proxy(index).hold();

    const error = await rejectionOf(forcer.forceRelease(name));

    expect(error).to.be.an.instanceOf(QuorumError);
    expect((error as QuorumError).nodeErrors.map(({node}) => node)).to.deep.equal([0, 1]);
    expect(await nodes.redis(2).exists(keyOf(name))).to.equal(0);
    expect(lock.isHeld).to.equal(true);
  });

  it('is refused for what is no name and no token, and when the locker is closed', async () => {
    const locker = new Locker(nodes.connect());

    for (const resource of [5, undefined, ['a']] as unknown[]) {
      const error = await rejectionOf(locker.forceRelease(resource as string));
      expect(error).to.be.an.instanceOf(TypeError);
    }
    const options = [{token: 5}, {token: ''}, {toke: 'x'}, 'x', null] as unknown[];
    for (const each of options) {
      const error = await rejectionOf(locker.forceRelease('x', each as object));
      expect(error).to.be.an.instanceOf(Error).and.not.instanceOf(QuorumError);
    }
    await locker.close();
    expect(await rejectionOf(locker.forceRelease('x'))).to.have.property(
      'code',
      'ERR_LOCKER_CLOSED',
    );
  });
});
