import {expect} from 'chai';
import {Locker, LockLostError, NodeError, type GuardedCommand} from 'holdfast';

import {rejectionOf} from '../rejection.js';
import {until} from '../until.js';
import {newName} from './names.js';
import {keyOf, Nodes} from './nodes.js';
import {layouts, type Topology} from './topologies.js';

/** A resource and keys beside it, all in one hash slot. */
function newPlace(): {readonly name: string; readonly key: (what: string) => string} {
  const tag = newName();
  return {name: `{${tag}}`, key: (what) => `{${tag}}:${what}`};
}

const voting = layouts.filter(({name}) => /three nodes|five nodes/.test(name));
const alone = layouts.filter((layout) => !voting.includes(layout));

for (const layout of alone) {
  describe(`what a lock guards, on ${layout.name},`, () => {
    let topology: Topology;
    let locker: Locker;

    before(async () => {
      topology = await layout.get();
      locker = new Locker(topology.connect());
    });

    after(async () => {
      await locker.close();
    });

    const get = async (key: string): Promise<string | null | undefined> => {
      // All but one of the masters of a Cluster say that the key is not theirs.
      const all = await Promise.all(
        topology.direct.map((redis) => redis.get(key).catch(() => undefined)),
      );
      return all.find((value) => value !== undefined);
    };

    it('is done in order, and gives the reply to each command', async () => {
      const {name, key} = newPlace();
      await using lock = await locker.acquire(name);

      const replies = await lock.guard.run([
        ['SET', key('a'), 'one'],
        ['GET', key('a')],
        ['GET', key('none')],
        ['INCRBY', key('b'), 5],
        ['RPUSH', key('c'), 'x', 'y'],
        ['LRANGE', key('c'), 0, -1],
      ]);

      expect(replies.slice(1)).to.deep.equal(['one', null, 5, 2, ['x', 'y']]);
      expect(await get(key('a'))).to.equal('one');
    });

    it('may be a script with keys and arguments of its own, which returns anything or nothing', async () => {
      const {name, key} = newPlace();
      await using lock = await locker.acquire(name);
      const script = `
        redis.call('SET', KEYS[1], ARGV[1])
        return {#KEYS, #ARGV, KEYS[2], ARGV[2], false}`;

      const reply = await lock.guard.eval(script, {keys: [key('a'), key('b')], args: ['v', 7]});
      const nothing = await lock.guard.eval('local unused = 1 -- and a comment at the end');

      expect(reply).to.deep.equal([2, 2, key('b'), '7', null]);
      expect(nothing).to.equal(null);
      expect(await get(key('a'))).to.equal('v');
    });

    it('is not done once the key has another owner: the lock is lost by that', async () => {
      const {name, key} = newPlace();
      const lock = await locker.acquire(name);
      const {signal} = lock;
      await lock.guard.run([['SET', keyOf(name), 'a thief', 'PX', 60_000]]);

      const error = await rejectionOf(lock.guard.run([['SET', key('a'), 'late']]));

      expect(error).to.be.an.instanceOf(LockLostError);
      expect(signal.reason).to.equal(error);
      expect(lock.isHeld).to.equal(false);
      expect(await get(key('a'))).to.equal(null);
    });

    it('is not sent any more after the release', async () => {
      const {name, key} = newPlace();
      const lock = await locker.acquire(name);
      await lock.release();

      const error = await rejectionOf(lock.guard.run([['SET', key('a'), 'late']]));

      expect(error).to.be.an.instanceOf(LockLostError);
      expect(await get(key('a'))).to.equal(null);
    });

    it('needs every one of several locks', async () => {
      const {name, key} = newPlace();
      const lock = await locker.acquire([`${name}:1`, `${name}:2`]);
      await lock.guard.run([['SET', key('a'), 1]]);
      await lock.guard.run([['DEL', keyOf(`${name}:2`)]]);

      const error = await rejectionOf(lock.guard.run([['SET', key('a'), 2]]));
      await lock.release();

      expect(error).to.be.an.instanceOf(LockLostError);
      expect(await get(key('a'))).to.equal('1');
    });

    it('fails with the code that the server gives, and keeps the lock', async () => {
      const {name, key} = newPlace();
      await using lock = await locker.acquire(name);

      const errors = [
        await rejectionOf(
          lock.guard.run([
            ['SET', key('a'), 'text'],
            ['LPUSH', key('a'), 'item'],
            ['SET', key('b'), 'after'],
          ]),
        ),
        await rejectionOf(lock.guard.eval("return redis.error_reply('MINE says no')")),
        await rejectionOf(lock.guard.eval('this is no Lua')),
      ];

      expect(errors.every((error) => error instanceof NodeError)).to.equal(true);
      expect(errors.map((error) => Reflect.get(Object(error), 'replyCode'))).to.deep.equal([
        'WRONGTYPE',
        'MINE',
        'ERR',
      ]);
      expect(await get(key('a'))).to.equal('text');
      expect(await get(key('b'))).to.equal(null);
      expect(lock.isHeld).to.equal(true);
    });

    it('is refused where its arguments are not what they should be', async () => {
      await using lock = await locker.acquire(newPlace().name);
      const bad = [undefined, 'GET', [['GET']], [['GET', 1]], [['SET', 'a', null]], ['GET']];

      for (const commands of bad) {
        const error = await rejectionOf(lock.guard.run(commands as unknown as GuardedCommand[]));
        expect(error, JSON.stringify(commands)).to.be.an.instanceOf(Error);
        expect(['TypeError', 'RangeError']).to.include(Reflect.get(Object(error), 'name'));
      }
      for (const args of [[Number.NaN], [Infinity]]) {
        const error = await rejectionOf(lock.guard.eval('return 1', {args}));
        expect(error).to.be.an.instanceOf(RangeError);
      }
    });
  });
}

describe('what a lock guards on a Cluster', () => {
  it('is refused before anything is sent where a key is in another slot', async () => {
    const layout = layouts.find(({name}) => name.includes('Cluster'));
    const topology = await layout?.get();
    await using locker = new Locker(topology?.connect() ?? []);
    await using lock = await locker.acquire('{here}');

    const error = await rejectionOf(lock.guard.run([['SET', '{there}:a', 1]]));

    expect(error).to.be.an.instanceOf(RangeError);
    expect(String(error)).to.include('{here}');
  });
});

for (const layout of voting) {
  describe(`what a lock guards on ${layout.name}`, () => {
    it('is refused with the reason, because no single one of them knows who holds the lock', async () => {
      const topology = await layout.get();
      await using locker = new Locker(topology.connect());
      await using lock = await locker.acquire(newName());

      const error = await rejectionOf(lock.guard.run([['SET', 'a', 1]]));

      expect(error).to.be.an.instanceOf(TypeError);
      expect(String(error)).to.include('several vote');
    });
  });
}

describe('what a lock guards, on a slow network,', () => {
  let nodes: Nodes;

  before(async () => {
    nodes = await Nodes.start(1);
  });

  after(async () => {
    await nodes.stop();
  });

  it('is not done when it arrives after the lock has gone to another', async () => {
    const name = newName();
    await using one = new Locker(nodes.connectThroughProxies(), {ttlMs: 800, nodeTimeoutMs: 100});
    await using other = new Locker(nodes.connect());
    const lock = await one.acquire(name, {keepAlive: false});
    await lock.guard.run([['SET', 'ledger', 'in time']]);

    nodes.proxy(0).hold('toServer');
    const writing = rejectionOf(lock.guard.run([['SET', 'ledger', 'too late']]));
    const next = await other.acquire(name);
    nodes.heal();
    const error = await writing;
    await until(async () => (await nodes.redis(0).get('ledger')) !== null);

    expect(error).to.be.an.instanceOf(Error);
    expect(await nodes.redis(0).get('ledger')).to.equal('in time');
    expect(await next.release()).to.equal(true);
  });

  it('may have been done when nobody answers: the error blames the node', async () => {
    await using one = new Locker(nodes.connectThroughProxies(), {ttlMs: 800, nodeTimeoutMs: 100});
    const lock = await one.acquire(newName(), {keepAlive: false});
    nodes.proxy(0).drop('toClient');

    const error = await rejectionOf(lock.guard.run([['SET', 'unclear', 'done']]));
    nodes.heal();

    expect(error).to.be.an.instanceOf(NodeError);
    expect(error).to.have.property('replyCode', undefined);
    expect(await nodes.redis(0).get('unclear')).to.equal('done');
  });
});
