import {expect} from 'chai';
import {Locker, QuorumError, type LockInfo} from 'holdfast';
import {Redis} from 'ioredis';

import {newName} from '../locker/names.js';
import {at, keyOf, type Nodes} from '../locker/nodes.js';
import {troubledNodes} from '../locker/troubled-nodes.js';
import {callsOf} from '../locker/stats.js';
import {layouts, type Topology} from '../locker/topologies.js';
import {rejectionOf} from '../rejection.js';

const infosOf = async (locker: Locker, prefix?: string): Promise<LockInfo[]> => {
  const infos: LockInfo[] = [];
  for await (const info of locker.list(prefix === undefined ? {} : {prefix})) infos.push(info);
  return infos;
};

const namesOf = async (locker: Locker, prefix?: string): Promise<string[]> => {
  const infos = await infosOf(locker, prefix);
  return infos.map(({resource}) => resource).toSorted();
};

for (const layout of layouts) {
  describe(`the list of locks, on ${layout.name},`, () => {
    let topology: Topology;
    let one: Locker;
    let other: Locker;

    before(async () => {
      topology = await layout.get();
      one = new Locker(topology.connect(), {ttlMs: 60_000, label: 'one'});
      other = new Locker(topology.connect());
    });

    after(async () => {
      await one.close();
      await other.close();
    });

    it('has each lock that is held once, and says of it what looking at it says', async () => {
      const prefix = newName();
      const names = Array.from({length: 200}, (_, index) => `${prefix}:${index}`);
      const locks = await Promise.all(names.map((name) => one.acquire(name)));
      await at(locks, 7).release();
      await at(locks, 8).announce('eight');
      const before = await Promise.all(topology.direct.map((redis) => callsOf(redis, 'keys')));

      const infos = await infosOf(other, prefix);

      const held = names.filter((_, index) => index !== 7);
      expect(infos.map(({resource}) => resource).toSorted()).to.deep.equal(held.toSorted());
      for (const {isHeld, holder} of infos) {
        expect({isHeld, label: holder?.label}).to.deep.equal({isHeld: true, label: 'one'});
      }
      const eight = infos.find(({resource}) => resource === `${prefix}:8`);
      expect(eight).to.include({value: 'eight', fence: at(locks, 8).fence});
      expect(
        await Promise.all(topology.direct.map((redis) => callsOf(redis, 'keys'))),
      ).to.deep.equal(before);
      await Promise.all(locks.map((lock) => lock.release()));
    });

    it('takes a prefix as it is, whatever stands for something in a pattern', async () => {
      const prefix = newName();
      const odd = ['*', '?', '[a]', '[^a]', String.raw`\a`, String.raw`\\`, 'ключ', '{t}:x'];
      const names = odd.map((each) => `${prefix}:${each}`);
      const locks = await Promise.all([...names, `${prefix}:a`].map((name) => one.acquire(name)));

      for (const name of names) expect(await namesOf(other, name)).to.deep.equal([name]);
      expect(await namesOf(other, prefix)).to.have.lengthOf(odd.length + 1);
      await Promise.all(locks.map((lock) => lock.release()));
    });

    it('has no counters, announcements or keys of another kind, and locks of other libraries', async () => {
      const name = newName('{tag}');
      const lock = await one.acquire(name);
      await lock.announce('x');
      const [client] = topology.connect();
      await client?.rpush(keyOf(`${name}:list`), 'x');
      await client?.set(keyOf(`${name}:foreign`), 'x', 'PX', 60_000);

      const infos = await infosOf(other, name);

      const found = infos.map(({resource}) => resource).toSorted();
      expect(found).to.deep.equal([name, `${name}:foreign`]);
      await lock.release();
    });

    it('may be left at any time', async () => {
      const prefix = newName();
      const locks = await Promise.all([1, 2, 3].map((n) => one.acquire(`${prefix}:${n}`)));

      for await (const {resource} of other.list({prefix})) {
        expect(resource.startsWith(prefix)).to.equal(true);
        break;
      }

      await Promise.all(locks.map((lock) => lock.release()));
    });
  });
}

describe('the list of locks', () => {
  let nodes: Nodes;
  let locker: Locker;

  troubledNodes(3, {nodeTimeoutMs: 300}, (...ready) => {
    [nodes, locker] = ready;
  });

  it('has what a quorum holds, whichever nodes that is', async () => {
    const prefix = newName();
    const places = [
      [0, 1],
      [1, 2],
      [0, 2],
    ];
    for (const [index, place] of places.entries()) {
      for (const node of place) {
        await nodes.redis(node).set(keyOf(`${prefix}:${index}`), `x${index}`, 'PX', 60_000);
      }
    }

    const names = await namesOf(locker, prefix);

    expect(names).to.deep.equal([0, 1, 2].map((index) => `${prefix}:${index}`));
  });

  it('is complete with one node down', async () => {
    const prefix = newName();
    await using holder = new Locker(nodes.connect(), {ttlMs: 60_000});
    const locks = await Promise.all([0, 1, 2].map((index) => holder.acquire(`${prefix}:${index}`)));
    for (const lock of locks) await nodes.haveAll(keyOf(at(lock.resources, 0)), lock.token);
    await nodes.server(1).pause();

    const names = await namesOf(locker, prefix);

    expect(names).to.deep.equal(locks.map(({resources}) => at(resources, 0)));
    await nodes.server(1).resume();
  });

  it('has what is held on some nodes only, and says that it is not held', async () => {
    const name = newName();
    await nodes.redis(2).set(keyOf(name), 'left behind', 'PX', 60_000);

    const [info] = await infosOf(locker, name);

    expect(info).to.include({resource: name, isHeld: false, remainingMs: 0});
    expect(info?.nodes[2]).to.include({token: 'left behind'});
  });

  it('is an error with two nodes down', async () => {
    for (const index of [0, 2]) await nodes.server(index).pause();

    const error = await rejectionOf(infosOf(locker, 'x'));

    expect(error).to.be.an.instanceOf(QuorumError);
    expect((error as QuorumError).nodeErrors.map(({node}) => node)).to.deep.equal([0, 2]);
  });

  it('heeds the key prefix of the client, and that of the locker', async () => {
    const name = newName();
    const [client] = nodes.connect({keyPrefix: 'app*:'});
    await using inApp = new Locker(client ?? [], {keyPrefix: 'own?:', ttlMs: 60_000});
    const lock = await inApp.acquire(name);

    expect(await namesOf(inApp, name)).to.deep.equal([name]);
    expect(await nodes.redis(0).exists(`app*:own?:${name}`)).to.equal(1);
    expect(await namesOf(locker, name)).to.deep.equal([]);
    await lock.release();
  });

  it('comes through any client that can send', async () => {
    const name = newName();
    const redis = new Redis(nodes.server(0).url);
    const send = (command: string, args: string[]): Promise<unknown> =>
      redis.call(command, ...args);
    await using plain = new Locker({send}, {ttlMs: 60_000});
    const lock = await plain.acquire(name);

    expect(await namesOf(plain, name)).to.deep.equal([name]);
    await lock.release();
    redis.disconnect();
  });

  it('needs a prefix of some kind', async () => {
    const name = newName();
    await using bare = new Locker(nodes.connect(), {keyPrefix: '', ttlMs: 60_000});
    const lock = await bare.acquire(name);

    expect(() => bare.list()).to.throw(RangeError, '`prefix`');
    expect(await namesOf(bare, name)).to.deep.equal([name]);
    await lock.release();
  });

  it('is refused for options that are none, and when the locker is closed', async () => {
    for (const options of [{prefix: 5}, {signal: 5}, {suffix: 'x'}, 'x', null] as unknown[]) {
      expect(() => locker.list(options as object)).to.throw(TypeError);
    }
    await locker.close();
    expect(() => locker.list())
      .to.throw()
      .with.property('code', 'ERR_LOCKER_CLOSED');
  });

  it('ends with the reason when the signal aborts, also while a node does not answer', async () => {
    const controller = new AbortController();
    await using patient = new Locker(nodes.connectThroughProxies(), {
      ttlMs: 600_000,
      nodeTimeoutMs: 60_000,
    });
    await patient.inspect('warm-up');
    nodes.proxy(0).hold();

    const ended = rejectionOf(patient.list({signal: controller.signal}).next());
    controller.abort('enough');

    expect(await ended).to.equal('enough');
    expect(await rejectionOf(patient.list({signal: AbortSignal.abort('gone')}).next())).to.equal(
      'gone',
    );
  });
});
