import {round} from '#internal/lease/round.js';
import {Node} from '#internal/redis/node.js';
import {expect} from 'chai';
import {Locker, NodeError, QuorumError, type RedisClient} from 'holdfast';

import {flush} from '../flush.js';
import {newName} from '../locker/names.js';
import {keyOf, Nodes} from '../locker/nodes.js';
import {rejectionOf} from '../rejection.js';
import {plainAsk} from './plain-ask.js';

/** A server that answers a batch as the test says, and notes down what it is sent. */
class Server implements RedisClient {
  readonly sent: (readonly string[])[] = [];
  answer: (args: readonly string[]) => unknown = () => 1;

  async send(command: string, args: string[]): Promise<unknown> {
    this.sent.push([command, ...args]);
    return this.answer(args);
  }

  /** How many keys each of the calls had. */
  get keys(): number[] {
    return this.sent.map(([, , keys]) => Number(keys));
  }
}

const YES = {vote: 'yes', value: undefined} as const;

/** What a batch of questions with two keys each is answered. */
const yesToAll = (args: readonly string[]): unknown => {
  const count = Number(args[1]) / 2;
  return count === 1 ? 1 : [Array.from({length: count}, () => '1').join('\n'), 0];
};

const ask = (node: Node, name: string): Promise<unknown> =>
  node.run(plainAsk('release', name, ['1000', 'token']));

describe('what is asked of a node in one turn', () => {
  let server: Server;
  let node: Node;

  beforeEach(() => {
    server = new Server();
    node = new Node(0, server);
  });

  it('travels as one command, in the order in which it was asked, and each is answered on its own', async () => {
    server.answer = () => ['1\n0\n*', 0, '-WRONGTYPE of a key'];

    const [a, b, c] = await Promise.allSettled(['a', 'b', 'c'].map((name) => ask(node, name)));

    expect(server.keys).to.deep.equal([6]);
    expect(server.sent[0]?.slice(3, 9)).to.deep.equal([
      'a',
      '{a}:fence',
      'b',
      '{b}:fence',
      'c',
      '{c}:fence',
    ]);
    expect([a, b]).to.deep.equal([
      {status: 'fulfilled', value: 1},
      {status: 'fulfilled', value: 0},
    ]);
    const error: unknown = c?.status === 'rejected' ? c.reason : undefined;
    expect(error).to.be.an.instanceOf(NodeError);
    expect(error).to.have.property('replyCode', 'WRONGTYPE');
  });

  it('travels alone when there is nothing else', async () => {
    const one = await ask(node, 'a');
    const two = await ask(node, 'b');

    expect([one, two]).to.deep.equal([1, 1]);
    expect(server.keys).to.deep.equal([2, 2]);
  });

  it('does not hold up the server with more than 128 keys at a time', async () => {
    server.answer = yesToAll;

    const replies = await Promise.all(
      Array.from({length: 200}, (_, index) => ask(node, `${index}`)),
    );

    expect(new Set(replies)).to.deep.equal(new Set([1]));
    expect(Math.max(...server.keys)).to.be.at.most(128);
    expect(server.keys.reduce((sum, keys) => sum + keys, 0)).to.equal(400);
    expect(server.keys).to.have.lengthOf(4);
  });

  it('goes out in some batches when it is much, so that the server is at one while another is read', async () => {
    server.answer = yesToAll;

    await Promise.all(Array.from({length: 40}, (_, index) => ask(node, `${index}`)));
    await Promise.all(Array.from({length: 90}, (_, index) => ask(node, `${index}`)));

    expect(server.keys).to.deep.equal([32, 32, 16, 44, 44, 44, 44, 4]);
  });

  it('goes out in as few batches as may be where nobody waits for it', async () => {
    server.answer = yesToAll;

    await Promise.all(
      Array.from({length: 70}, (_, index) =>
        node.run(plainAsk('extend', `${index}`, ['9', '9', 't', '1'])),
      ),
    );

    expect(server.keys).to.deep.equal([128, 12]);
  });

  it('goes out as one to each of several nodes, which are at work by turns anyway, and in the same words', async () => {
    const servers = [new Server(), new Server(), new Server()];
    const peers = servers.map((each, index) => new Node(index, each, undefined, servers.length));
    for (const each of servers) each.answer = yesToAll;
    const plain = {...plainAsk('release', '', ['1000', 'token']), read: () => YES};
    const asks = Array.from({length: 60}, (_, index) => ({...plain, keys: [`${index}`, 'x']}));

    await Promise.all(asks.map((each) => round(peers, 3, each, () => {})));

    expect(servers.map(({keys}) => keys)).to.deep.equal([[120], [120], [120]]);
    expect(servers[1]?.sent).to.deep.equal(servers[0]?.sent);
    expect(servers[2]?.sent[0]?.at(-1)).to.equal(servers[0]?.sent[0]?.at(-1));
  });

  it('is told each node in words of its own where they are not asked the same', async () => {
    const servers = [new Server(), new Server()];
    const peers = servers.map((each, index) => new Node(index, each));
    for (const each of servers) each.answer = yesToAll;
    const plain = {...plainAsk('release', '', ['1000', 'token']), read: () => YES};
    const shared = round(peers, 2, {...plain, keys: ['both', 'x']}, () => {});

    await Promise.all([shared, ...peers.map((each, index) => ask(each, `only${index}`))]);

    expect(servers.map(({sent}) => sent[0]?.slice(3, 7))).to.deep.equal([
      ['both', 'x', 'only0', '{only0}:fence'],
      ['both', 'x', 'only1', '{only1}:fence'],
    ]);
  });

  it('fails as one when the server cannot be reached', async () => {
    server.answer = () => {
      throw new Error('Connection is closed.');
    };

    const errors = await Promise.all(['a', 'b'].map((name) => rejectionOf(ask(node, name))));

    for (const error of errors) expect(error).to.be.an.instanceOf(NodeError);
    expect(server.sent).to.have.lengthOf(1);
  });

  it('is asked one by one where the server refuses the whole for the sake of one key', async () => {
    server.answer = (args) => {
      if (Number(args[1]) > 2) throw new Error("CROSSSLOT Keys in request don't hash to one slot");
      if (args[2] === 'b') throw new Error('NOPERM of this key');
      return 1;
    };

    const ends = await Promise.allSettled(['a', 'b', 'c'].map((name) => ask(node, name)));

    expect(ends.map(({status}) => status)).to.deep.equal(['fulfilled', 'rejected', 'fulfilled']);
    expect(server.keys).to.deep.equal([6, 2, 2, 2]);
  });

  it('fails alone where the reply has no place for it', async () => {
    server.answer = () => ['1', 0];

    const ends = await Promise.allSettled(['a', 'b'].map((name) => ask(node, name)));

    expect(ends.map(({status}) => status)).to.deep.equal(['fulfilled', 'rejected']);
  });

  it('leaves out of a second try what was given up on meanwhile', async () => {
    const call = {isFreed: false};
    server.answer = (args) => {
      call.isFreed = true;
      if (Number(args[1]) > 2) throw new Error('NOSCRIPT No matching script');
      return 1;
    };

    const run = node.run(plainAsk('acquire', 'a', ['9', '9', 't'], 1000, call));
    const given = rejectionOf(run);
    const other = ask(node, 'b');

    expect(await given).to.be.an.instanceOf(NodeError);
    expect(await other).to.equal(1);
    await flush();
    expect(server.sent.slice(1).map((args) => args[3])).to.deep.equal(['b']);
  });

  it('is led by the extensions, which cannot wait', async () => {
    server.answer = yesToAll;
    const extend = node.run(plainAsk('extend', 'late', ['9', '9', 't', '1']));

    await Promise.all([ask(node, 'a'), ask(node, 'b'), extend]);
    const others = [ask(node, 'c'), ask(node, 'd')];
    const later = node.run(plainAsk('extend', 'later', ['9', '9', 't', '1']));
    await Promise.all([...others, later]);

    expect(server.sent.map((args) => args[3])).to.deep.equal(['late', 'later']);
  });

  it('goes out a thousand at a time, with extensions first each time', async () => {
    server.answer = yesToAll;
    const asked = (): number => server.keys.reduce((sum, keys) => sum + keys, 0) / 2;

    const all = Array.from({length: 2500}, (_, index) => ask(node, `${index}`));
    await new Promise((resolve) => process.nextTick(resolve));
    const inFirstTurn = asked();
    const calls = server.sent.length;
    const extend = node.run(plainAsk('extend', 'late', ['9', '9', 't', '1']));
    await extend;
    const replies = await Promise.all(all);

    expect(inFirstTurn).to.equal(1000);
    expect(server.sent[calls]?.[3]).to.equal('late');
    expect(asked()).to.equal(2501);
    expect(replies).to.have.lengthOf(2500);
  });

  for (const code of ['CROSSSLOT', 'NOPERM']) {
    it(`is asked one by one where the server refuses the whole with ${code}, without what was given up on`, async () => {
      const call = {isFreed: false};
      server.answer = (args) => {
        call.isFreed = true;
        if (Number(args[1]) > 2) throw new Error(`${code} of some of them`);
        return 1;
      };

      const run = node.run(plainAsk('acquire', 'a', ['9', '9', 't'], 1000, call));
      const given = rejectionOf(run);
      const others = await Promise.all([ask(node, 'b'), ask(node, 'c')]);

      expect(others).to.deep.equal([1, 1]);
      expect(await given).to.have.property('replyCode', code);
      expect(server.sent.map((args) => args[3])).to.deep.equal(['a', 'b', 'c']);
    });
  }

  it('is not asked again where the server fails after it may have begun', async () => {
    server.answer = () => {
      throw new Error('ERR out of luck');
    };

    const ends = await Promise.allSettled(['a', 'b'].map((name) => ask(node, name)));

    expect(ends.map(({status}) => status)).to.deep.equal(['rejected', 'rejected']);
    expect(server.keys).to.deep.equal([4]);
  });
});

describe('what is asked of a real server in one turn', () => {
  let nodes: Nodes;

  before(async () => {
    nodes = await Nodes.start(1);
  });

  after(async () => {
    await nodes.stop();
  });

  it('does not fail because of a neighbour whose key is of another type', async () => {
    const [one, bad, two] = [newName(), newName(), newName()];
    await using locker = new Locker(nodes.connect(), {ttlMs: 5000, nodeTimeoutMs: 1000});
    await nodes.redis(0).rpush(keyOf(bad), 'an item');

    const [first, second, third] = await Promise.allSettled(
      [one, bad, two].map((name) => locker.tryAcquire(name)),
    );
    const held = await Promise.all([one, two].map((name) => nodes.redis(0).get(keyOf(name))));

    const error: unknown = second?.status === 'rejected' ? second.reason : undefined;
    expect(error).to.be.an.instanceOf(QuorumError);
    expect(error).to.have.nested.property('nodeErrors[0].replyCode', 'WRONGTYPE');
    const tokens = [first, third].map((end) =>
      end?.status === 'fulfilled' ? end.value?.token : end?.reason,
    );
    expect(tokens).to.deep.equal(held);
    expect(await nodes.redis(0).lrange(keyOf(bad), 0, -1)).to.deep.equal(['an item']);
  });

  it('has the fences that the counters say, however far these are apart', async () => {
    const names = Array.from({length: 6}, () => newName());
    await using locker = new Locker(nodes.connect(), {ttlMs: 5000, nodeTimeoutMs: 1000});
    for (const [index, name] of names.entries()) {
      const counted = String(8 * 10 ** 15 + index * 1.7 * 10 ** 14);
      if (index % 2 === 0) await nodes.redis(0).set(`{${keyOf(name)}}:fence`, counted);
    }

    const locks = await Promise.all(names.map((name) => locker.acquire(name)));

    const counters = names.map((name) => nodes.redis(0).get(`{${keyOf(name)}}:fence`));
    const counted = (await Promise.all(counters)).map(Number);
    expect(locks.map(({fence}) => fence)).to.deep.equal(counted);
    expect(counted[4]).to.equal(8 * 10 ** 15 + 4 * 1.7 * 10 ** 14 + 1);
  });

  it('releases locks on one and on several resources, each for its owner', async () => {
    const names = Array.from({length: 8}, () => newName());
    await using locker = new Locker(nodes.connect(), {ttlMs: 5000, nodeTimeoutMs: 1000});
    const locks = await Promise.all([
      ...names.slice(0, 4).map((name) => locker.acquire(name)),
      locker.acquire(names.slice(4, 6)),
      locker.acquire(names.slice(6, 8)),
    ]);
    await nodes.redis(0).set(keyOf(names[1] ?? ''), 'of another');
    await nodes.redis(0).set(keyOf(names[7] ?? ''), 'of another');

    const released = await Promise.all(locks.map((lock) => lock.release()));
    const left = await Promise.all(names.map((name) => nodes.redis(0).get(keyOf(name))));

    expect(released).to.deep.equal([true, false, true, true, true, false]);
    expect(left.map((token) => token !== null)).to.deep.equal(names.map((_, at) => at % 6 === 1));
  });

  it('is released though a neighbour has become forbidden meanwhile', async () => {
    const [mine, theirs, other] = [newName('mine'), newName('theirs'), newName('mine')];
    const direct = nodes.redis(0);
    const rules = ['on', '>holder', '&*', '+@all', 'resetkeys'];
    await direct.acl('SETUSER', 'holder', ...rules, '~*');
    const clients = nodes.connect({username: 'holder', password: 'holder'});
    const locker = new Locker(clients, {ttlMs: 2000, nodeTimeoutMs: 300, keepAlive: false});
    const locks = await Promise.all([mine, theirs, other].map((name) => locker.acquire(name)));
    await direct.acl('SETUSER', 'holder', ...rules, '~*lock:mine*', '%R~*lock:theirs*');

    const released = await Promise.all(locks.map((lock) => lock.release()));
    const left = await Promise.all([mine, theirs, other].map((name) => direct.exists(keyOf(name))));
    await locker.close();

    expect(released).to.deep.equal([true, false, true]);
    expect(left).to.deep.equal([0, 1, 0]);
  });

  it('does not fail because of a neighbour whose key is forbidden', async () => {
    const mine = newName('mine');
    const direct = nodes.redis(0);
    await direct.acl('SETUSER', 'owner', 'on', '>owner', '~*lock:mine*', '&*', '+@all');
    const clients = nodes.connect({username: 'owner', password: 'owner'});
    await using locker = new Locker(clients, {ttlMs: 5000, nodeTimeoutMs: 1000});

    const [forbidden, allowed] = await Promise.allSettled(
      [newName('theirs'), mine].map((name) => locker.tryAcquire(name)),
    );

    const error: unknown = forbidden?.status === 'rejected' ? forbidden.reason : undefined;
    expect(error).to.have.nested.property('nodeErrors[0].replyCode', 'NOPERM');
    expect(allowed?.status === 'fulfilled' && allowed.value?.isHeld).to.equal(true);
  });
});
