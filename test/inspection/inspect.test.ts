import {expect} from 'chai';
import {Locker, LockLostError, QuorumError} from 'holdfast';
import type {Cluster, Redis} from 'ioredis';
import {hostname} from 'node:os';

import {rejectionOf} from '../rejection.js';
import {newName} from '../locker/names.js';
import {at, keyOf, type Nodes} from '../locker/nodes.js';
import {troubledNodes} from '../locker/troubled-nodes.js';
import {layouts, type Topology} from '../locker/topologies.js';
import {until} from '../until.js';

const announcedKeyOf = (name: string): string => `{lock:${name}}:announced`;

for (const layout of layouts) {
  describe(`looking at a lock, on ${layout.name},`, () => {
    let topology: Topology;
    let clients: readonly (Redis | Cluster)[];
    let one: Locker;
    let other: Locker;

    before(async () => {
      topology = await layout.get();
      clients = topology.connect();
      one = new Locker(topology.connect(), {label: 'one'});
      other = new Locker(topology.connect());
    });

    after(async () => {
      await one.close();
      await other.close();
    });

    /** What each node of the locker has under a key. */
    const values = (key: string): Promise<(string | null)[]> =>
      Promise.all(clients.map((client) => client.get(key)));

    const haveAll = (key: string, value: string | null): Promise<void> =>
      until(async () => (await values(key)).every((each) => each === value));

    it('tells who holds it, since when, for how long, and with which fence', async () => {
      const name = newName();
      const before = Date.now();
      const lock = await one.acquire(name, {ttlMs: 60_000});
      await haveAll(keyOf(name), lock.token);

      const info = await other.inspect(name);

      const {holder, remainingMs, nodes} = info;
      expect(info).to.include({resource: name, isHeld: true, token: lock.token, fence: lock.fence});
      expect(holder).to.include({host: hostname(), pid: process.pid, label: 'one'});
      expect(holder?.acquiredAt?.getTime()).to.be.within(before, Date.now());
      expect(remainingMs).to.be.within(50_000, 60_000);
      expect(nodes.map(({token}) => token)).to.deep.equal(clients.map(() => lock.token));
      expect(nodes.map(({node}) => node)).to.deep.equal(clients.map((_, index) => index));
      await lock.release();
    });

    it('tells that nobody holds it', async () => {
      const name = newName();
      await one.using(name, () => {});
      await haveAll(keyOf(name), null);

      for (const resource of [name, newName()]) {
        const info = await other.inspect(resource);

        expect(info).to.include({resource, isHeld: false, remainingMs: 0});
        expect(info).to.not.have.any.keys('token', 'holder', 'fence', 'value');
        expect(info.nodes).to.have.lengthOf(clients.length);
      }
    });

    it('has the label of the call, and nothing of a holder that does not say', async () => {
      const [named, silent] = [newName(), newName()];
      await using reticent = new Locker(topology.connect(), {metadata: false, label: 'never told'});
      const locks = [
        await one.acquire(named, {label: 'this call'}),
        await reticent.acquire(silent),
      ];

      expect((await other.inspect(named)).holder?.label).to.equal('this call');
      const info = await other.inspect(silent);
      expect(info).to.include({isHeld: true, fence: at(locks, 1).fence});
      expect(info).to.not.have.property('holder');
      // Nothing but what is random, which may happen to read like the name of this host if that is short.
      const [token, ...others] = new Set((await values(keyOf(silent))).filter(Boolean));
      expect(token).to.equal(at(locks, 1).token);
      expect(token).to.match(/^[\w-]{12}\.[\w-]{16}$/);
      expect(others).to.deep.equal([]);
      for (const lock of locks) await lock.release();
    });

    it('knows the holders of other libraries by their token only', async () => {
      const name = newName();
      await Promise.all(clients.map((client) => client.set(keyOf(name), 'foreign', 'PX', 9000)));

      const info = await one.inspect(name);

      expect(info).to.include({isHeld: true, token: 'foreign'});
      expect(info.remainingMs).to.be.within(1, 9000);
      expect(info).to.not.have.any.keys('holder', 'fence');
    });

    it('says that a key without a time to live never ends', async () => {
      const name = newName();
      await Promise.all(clients.map((client) => client.set(keyOf(name), 'by hand')));

      expect(await one.inspect(name)).to.include({isHeld: true, remainingMs: Infinity});
    });

    it('counts the lockers that wait', async () => {
      const name = newName();
      const lock = await one.acquire(name);
      const waiting = [1, 2, 3].map(() => other.acquire(name));
      await until(async () => (await one.inspect(name)).waiters === 1);

      const info = await one.inspect(name);

      expect(info.waiters).to.equal(1);
      await lock.release();
      for (const each of waiting) await (await each).release();
    });

    it('changes nothing', async () => {
      const name = newName();
      await one.inspect(name);

      for (const key of [keyOf(name), `{lock:${name}}:fence`, announcedKeyOf(name)]) {
        expect(await values(key)).to.deep.equal(clients.map(() => null));
      }
    });

    it('sees what the holder announces, until that is something else or the lock ends', async () => {
      const name = newName();
      const lock = await one.acquire(name);
      const seen = async (): Promise<string | undefined> => (await other.inspect(name)).value;

      const before = await seen();
      await lock.announce('http://a\n:80 🔒');
      const first = await seen();
      await lock.announce('');
      const second = await seen();
      await lock.release();

      expect([before, first, second]).to.deep.equal([undefined, 'http://a\n:80 🔒', '']);
      await haveAll(announcedKeyOf(name), null);
      const next = await other.acquire(name);
      expect(await seen()).to.equal(undefined);
      await next.release();
    });

    it('sees nothing of what a holder before has announced', async () => {
      const name = newName();
      const lock = await one.acquire(name);
      await lock.announce('mine');
      await haveAll(announcedKeyOf(name), `${lock.token}\nmine`);
      await Promise.all(clients.map((client) => client.set(keyOf(name), 'another', 'PX', 9000)));

      const info = await other.inspect(name);

      expect(info).to.include({isHeld: true, token: 'another'}).and.not.have.property('value');
      expect(await rejectionOf(lock.announce('still mine'))).to.be.an.instanceOf(LockLostError);
    });

    it('sees the announcement for as long as the lock is kept alive', async () => {
      const name = newName();
      const lock = await one.acquire(name, {ttlMs: 500});
      await lock.announce('here');
      const start = performance.now();

      await until(async () => {
        const {isHeld, value} = await other.inspect(name);
        expect({isHeld, value}).to.deep.equal({isHeld: true, value: 'here'});
        return performance.now() - start > 1200;
      });

      const lives = await Promise.all(clients.map((client) => client.pttl(announcedKeyOf(name))));
      for (const ms of lives) expect(ms).to.be.within(1, 500);
      await lock.release();
    });

    it('sees an announcement beside each of several locks', async () => {
      const names = ['{several}:a', '{several}:b'].map((name) => newName(name));
      const lock = await one.acquire(names);
      await lock.announce('both');

      for (const name of names) expect((await other.inspect(name)).value).to.equal('both');
      await lock.release();
    });
  });
}

describe('looking at a lock, in trouble,', () => {
  let nodes: Nodes;
  let holder: Locker;
  let locker: Locker;

  troubledNodes(3, {nodeTimeoutMs: 300}, (...ready) => {
    [nodes, locker] = ready;
  });

  beforeEach(() => {
    holder = new Locker(nodes.connect(), {ttlMs: 60_000});
  });

  afterEach(async () => {
    await holder.close();
  });

  it('is answered by the others when one node hangs, which is told', async () => {
    const [held, free] = [newName(), newName()];
    const lock = await holder.acquire(held);
    await nodes.haveAll(keyOf(held), lock.token);
    await nodes.server(1).pause();

    const infos = [await locker.inspect(held), await locker.inspect(free)];

    expect(infos.map(({isHeld}) => isHeld)).to.deep.equal([true, false]);
    for (const info of infos) {
      expect(info.nodes.map(({error}) => error?.node)).to.deep.equal([undefined, 1, undefined]);
    }
  });

  it('is no answer when two nodes hang, whether it is held or free', async () => {
    const name = newName();
    const lock = await holder.acquire(name);
    await nodes.haveAll(keyOf(name), lock.token);
    for (const index of [0, 2]) await nodes.server(index).pause();

    const errors = [
      await rejectionOf(locker.inspect(name)),
      await rejectionOf(locker.inspect(newName())),
    ];

    for (const error of errors) {
      expect(error).to.be.an.instanceOf(QuorumError);
      expect((error as QuorumError).nodeErrors.map(({node}) => node)).to.deep.equal([0, 2]);
    }
  });

  it('is no answer when the silent node could make up a quorum', async () => {
    const name = newName();
    for (const index of [0, 1]) await nodes.redis(index).set(keyOf(name), 'x', 'PX', 9000);
    const before = await locker.inspect(name);
    await nodes.server(1).pause();

    const error = await rejectionOf(locker.inspect(name));

    expect(before).to.include({isHeld: true, token: 'x'});
    expect(error).to.be.an.instanceOf(QuorumError);
  });

  it('is free when the votes are split, and each node tells its holder', async () => {
    const name = newName();
    for (const index of [0, 1, 2])
      await nodes.redis(index).set(keyOf(name), `x${index}`, 'PX', 9000);

    const info = await locker.inspect(name);

    expect(info.isHeld).to.equal(false);
    expect(info.nodes.map(({token}) => token)).to.deep.equal(['x0', 'x1', 'x2']);
  });

  it('is an error at once when the key is of another type', async () => {
    const name = newName();
    await Promise.all(nodes.direct.map((redis) => redis.rpush(keyOf(name), 'x')));

    const error = await rejectionOf(locker.inspect(name));

    expect(error).to.be.an.instanceOf(QuorumError);
    expect((error as QuorumError).nodeErrors[0]?.replyCode).to.equal('WRONGTYPE');
  });

  it('does without the number of waiters where that is forbidden', async () => {
    const [client] = nodes.connect();
    await client?.acl('SETUSER', 'blind', 'on', '>pw', '~*', '&*', '+@all', '-pubsub');
    const [one] = nodes.connect({username: 'blind', password: 'pw'});
    await using blind = new Locker(one ?? []);
    const name = newName();
    const lock = await blind.acquire(name);

    const info = await blind.inspect(name);

    expect(info).to.include({isHeld: true, token: lock.token}).and.not.have.property('waiters');
    await client?.acl('DELUSER', 'blind');
  });

  it('is refused for what is no name, and when the locker is closed', async () => {
    for (const resource of [5, undefined, ['a'], null] as unknown[]) {
      const error = await rejectionOf(locker.inspect(resource as string));
      expect(error).to.be.an.instanceOf(TypeError);
    }
    for (const resource of ['', 'a}', '{a}:fence', '{a}:announced']) {
      expect(await rejectionOf(locker.inspect(resource))).to.be.an.instanceOf(RangeError);
    }
    await locker.close();
    expect(await rejectionOf(locker.inspect('x'))).to.have.property('code', 'ERR_LOCKER_CLOSED');
  });

  it('is not helped by an announcement that is none, or too long', async () => {
    const lock = await holder.acquire(newName());

    for (const value of [5, undefined, null, {}]) {
      expect(await rejectionOf(lock.announce(value as string))).to.be.an.instanceOf(TypeError);
    }
    for (const value of ['a'.repeat(1025), '🔒'.repeat(257)]) {
      expect(await rejectionOf(lock.announce(value))).to.be.an.instanceOf(RangeError);
    }
    await lock.announce('🔒'.repeat(256));
  });

  it('tells one who announces that too few nodes answered', async () => {
    const lock = await locker.acquire(newName(), {ttlMs: 60_000});
    for (const index of [0, 2]) await nodes.server(index).pause();

    const error = await rejectionOf(lock.announce('x'));

    expect(error).to.be.an.instanceOf(QuorumError);
    expect(lock.isHeld).to.equal(true);
  });
});
