import {acquire} from '#internal/redis/scripts.generated.js';
import {expect} from 'chai';
import {Locker, LockLostError, NodeError, QuorumError} from 'holdfast';

import {rejectionOf} from '../rejection.js';
import {until} from '../until.js';
import {inMs} from './in-ms.js';
import {newName} from './names.js';
import {keyOf, Nodes} from './nodes.js';
import {troubledNodes} from './troubled-nodes.js';
import {callsOf} from './stats.js';

/** The places of the nodes that an error blames. */
const blamedBy = (error: unknown): number[] => {
  if (!(error instanceof QuorumError)) throw new Error('Expected a QuorumError', {cause: error});
  for (const each of error.nodeErrors) expect(each).to.be.an.instanceOf(NodeError);
  expect(error.cause).to.equal(error.nodeErrors[0]);
  return error.nodeErrors.map(({node}) => node);
};

// Long enough that a test which waited for it once would be seen to.
const patient = {ttlMs: 60_000, nodeTimeoutMs: 8000};
const quick = {ttlMs: 2000, nodeTimeoutMs: 300};

describe('a locker on three nodes', () => {
  let nodes: Nodes;
  let locker: Locker;

  troubledNodes(3, quick, (...ready) => {
    [nodes, locker] = ready;
  });

  beforeEach(async () => {
    await (await locker.acquire(newName('warm-up'))).release();
  });

  it('does not wait for a node that hangs, neither to obtain nor to release nor to be refused', async () => {
    const clients = nodes.connectThroughProxies();
    const [one, other] = [new Locker(clients, patient), new Locker(clients, patient)];
    const name = newName();
    await nodes.server(1).pause();

    const tookMs = await inMs(async () => {
      const lock = await one.acquire(name);
      expect(await other.tryAcquire(name)).to.equal(undefined);
      await lock.extend();
      expect(await lock.release()).to.equal(true);
    });

    expect(tookMs).to.be.below(4000);
  });

  it('does not wait for a node that is slow', async () => {
    const one = new Locker(nodes.connectThroughProxies(), patient);
    nodes.proxy(0).delay(6000, 'toClient');

    const tookMs = await inMs(async () => {
      await (await one.acquire(newName())).release();
    });

    expect(tookMs).to.be.below(4000);
  });

  for (const maxRetriesPerRequest of [0, 20]) {
    it(`does not wait for a node that turns connections away, with ${maxRetriesPerRequest} retries in the client`, async () => {
      const clients = nodes.connectThroughProxies({maxRetriesPerRequest});
      const one = new Locker(clients, patient);
      nodes.proxy(2).refuse();
      nodes.proxy(2).cut();

      const tookMs = await inMs(async () => {
        await (await one.acquire(newName())).release();
      });

      await nodes.proxy(2).accept();
      expect(tookMs).to.be.below(4000);
    });
  }

  it('says in time that there is no quorum while two nodes hang, and leaves no key anywhere', async () => {
    const name = newName();
    await nodes.server(0).pause();
    await nodes.server(2).pause();

    let error: unknown;
    const tookMs = await inMs(async () => {
      error = await rejectionOf(locker.tryAcquire(name));
    });
    await until(async () => (await nodes.redis(1).exists(keyOf(name))) === 0, 1000);
    await nodes.server(0).resume();
    await nodes.server(2).resume();

    expect(blamedBy(error)).to.have.members([0, 2]);
    expect(tookMs).to.be.below(1500);
    await until(async () => (await nodes.count(keyOf(name))) === 0, 1500);
  });

  it('says in time that there is no quorum while two nodes turn connections away', async () => {
    const name = newName();
    for (const index of [0, 1]) {
      nodes.proxy(index).refuse();
      nodes.proxy(index).cut();
    }

    let error: unknown;
    const tookMs = await inMs(async () => {
      error = await rejectionOf(locker.tryAcquire(name));
    });
    await until(async () => (await nodes.redis(2).exists(keyOf(name))) === 0, 1000);
    await Promise.all([0, 1].map((index) => nodes.proxy(index).accept()));

    expect(blamedBy(error)).to.have.members([0, 1]);
    expect(tookMs).to.be.below(1500);
    await until(async () => (await nodes.count(keyOf(name))) === 0, 3000);
  });

  it('waits on while there is no quorum, and obtains the lock once there is one again', async () => {
    await nodes.server(0).pause();
    await nodes.server(1).pause();
    const acquiring = locker.acquire(newName(), {timeoutMs: 30_000});
    const failure = rejectionOf(acquiring);
    const start = performance.now();
    await until(() => performance.now() - start > 300);

    await nodes.server(0).resume();
    await nodes.server(1).resume();

    expect(await failure).to.equal(undefined);
    await (await acquiring).release();
  });

  it('says at the end of the time limit that there was no quorum, and not that others held the lock', async () => {
    await nodes.server(0).pause();
    await nodes.server(1).pause();

    const error = await rejectionOf(locker.acquire(newName(), {timeoutMs: 700}));

    expect(blamedBy(error)).to.have.members([0, 1]);
  });

  it('keeps a lock alive while one node hangs', async () => {
    const lock = await locker.acquire(newName(), {ttlMs: 1200});
    await nodes.server(1).pause();
    const start = performance.now();

    await until(() => performance.now() - start > 1800);

    expect(lock.isHeld).to.equal(true);
    expect(await lock.release()).to.equal(true);
  });

  it('tells the holder that is cut off from two nodes before anyone else can have the lock', async () => {
    const name = newName();
    const lock = await locker.acquire(name, {ttlMs: 1200});
    const other = new Locker(nodes.connect(), quick);
    const events: unknown[] = [];
    lock.signal.addEventListener('abort', () => events.push(lock.signal.reason));

    nodes.proxy(0).hold();
    nodes.proxy(1).hold();
    const next = await other.acquire(name);
    events.push('taken over');

    expect(events[0]).to.be.an.instanceOf(LockLostError);
    expect(events[0]).to.have.property('cause').that.is.an.instanceOf(QuorumError);
    expect(events[1]).to.equal('taken over');
    expect(next.fence).to.be.above(lock.fence);
    expect(await lock.release()).to.equal(false);
    expect(await next.release()).to.equal(true);
    await other.close();
  });

  it('frees what a node grants long after it was given up on', async () => {
    const name = newName();
    await teach();
    const [before = 0] = await callsOf(nodes.redis(1), 'set');
    for (const index of [1, 2]) nodes.proxy(index).hold('toServer');

    const error = await rejectionOf(locker.tryAcquire(name, {ttlMs: 60_000}));
    for (const index of [1, 2]) nodes.proxy(index).release();
    await until(async () => (await callsOf(nodes.redis(1), 'set'))[0] !== before);

    expect(blamedBy(error)).to.have.members([1, 2]);
    await until(async () => (await nodes.count(keyOf(name))) === 0, 3000);
  });

  /** Makes all servers know the script that is about to be held up. */
  const teach = (): Promise<unknown> =>
    Promise.all(nodes.direct.map((redis) => redis.script('LOAD', acquire.text)));

  it('goes on after two nodes were restarted empty, and numbers on', async () => {
    const name = newName();
    const before = await locker.acquire(name);
    await before.release();
    const start = performance.now();
    await until(() => performance.now() - start > 300);

    await nodes.server(0).restart();
    await nodes.server(1).restart();
    const lock = await locker.acquire(name);

    expect(lock.fence).to.be.above(before.fence);
    expect(await lock.release()).to.equal(true);
  });
});

describe('a locker on five nodes', () => {
  let nodes: Nodes;

  before(async () => {
    nodes = await Nodes.start(5);
  });

  after(async () => {
    await nodes.stop();
  });

  it('works as ever while one node hangs and another is gone, and not with a third', async () => {
    const clients = nodes.connectThroughProxies();
    const [one, other] = [new Locker(clients, quick), new Locker(clients, quick)];
    await (await one.acquire(newName())).release();
    await nodes.server(1).pause();
    await nodes.server(3).kill();
    const name = newName();

    const lock = await one.acquire(name);
    const busy = await other.tryAcquire(name);
    await lock.extend();
    const released = await lock.release();
    const next = await other.acquire(name);
    await next.release();
    nodes.proxy(0).hold();
    const error = await rejectionOf(other.tryAcquire(name));
    nodes.heal();
    await nodes.server(1).resume();

    expect(busy).to.equal(undefined);
    expect(released).to.equal(true);
    expect(next.fence).to.be.above(lock.fence);
    expect(blamedBy(error)).to.have.members([0, 1, 3]);
    await one.close();
    await other.close();
  });
});

describe('a locker on one node', () => {
  let nodes: Nodes;
  let locker: Locker;

  troubledNodes(1, quick, (...ready) => {
    [nodes, locker] = ready;
  });

  it('frees what the node does after a freeze, long after the caller was told that it failed', async () => {
    const name = newName();
    await (await locker.acquire(newName('warm-up'))).release();
    await nodes.redis(0).script('LOAD', acquire.text);
    const [before = 0] = await callsOf(nodes.redis(0), 'set');
    await nodes.server(0).pause();

    const error = await rejectionOf(locker.tryAcquire(name, {ttlMs: 60_000}));
    await nodes.server(0).resume();
    await until(async () => (await callsOf(nodes.redis(0), 'set'))[0] !== before);

    expect(blamedBy(error)).to.deep.equal([0]);
    await until(async () => (await nodes.count(keyOf(name))) === 0, 3000);
  });

  it('frees what a client sends when the server is back, long after the caller was told that it failed', async () => {
    const name = newName();
    const [client = nodes.redis(0)] = nodes.connectThroughProxies();
    const one = new Locker(client, quick);
    await nodes.server(0).kill();

    const error = await rejectionOf(one.tryAcquire(name, {ttlMs: 60_000}));
    await nodes.server(0).restart();
    for (let times = 0; times < 2; times += 1) await client.ping();

    expect(blamedBy(error)).to.deep.equal([0]);
    await until(async () => (await nodes.count(keyOf(name))) === 0, 3000);
    await one.close();
  });

  it('counts the time limit from the call, also where the first attempt takes half of it', async () => {
    const one = new Locker(nodes.connectThroughProxies(), {ttlMs: 10_000, nodeTimeoutMs: 500});
    await (await one.acquire(newName('warm-up'))).release();
    nodes.proxy(0).hold();

    let error: unknown;
    const tookMs = await inMs(async () => {
      error = await rejectionOf(one.acquire(newName(), {timeoutMs: 1000}));
    });
    nodes.proxy(0).release();

    expect(blamedBy(error)).to.deep.equal([0]);
    expect(tookMs).to.be.within(950, 1400);
    await one.close();
  });

  it('goes on freeing for as long as the longest extension may last, on a server that was away', async () => {
    const name = newName();
    const clients = nodes.connectThroughProxies({enableOfflineQueue: false});
    await until(() => clients.every(({status}) => status === 'ready'));
    const one = new Locker(clients, {ttlMs: 1000, nodeTimeoutMs: 50});
    const lock = await one.acquire(name, {keepAlive: false});
    await lock.extend(60_000);
    nodes.proxy(0).refuse();
    nodes.proxy(0).cut();
    await until(() => clients.every(({status}) => status !== 'ready'));

    const released = await lock.release();
    const start = performance.now();
    await until(() => performance.now() - start > 1100);
    const during = await nodes.count(keyOf(name));
    await nodes.proxy(0).accept();

    expect([released, during]).to.deep.equal([false, 1]);
    await until(async () => (await nodes.count(keyOf(name))) === 0, 7000);
    await one.close();
  });

  it('frees again and again what it could not free at first, because the connection was gone', async () => {
    const name = newName();
    const clients = nodes.connectThroughProxies({maxRetriesPerRequest: 0});
    let closed = 0;
    for (const client of clients) client.on('close', () => (closed += 1));
    const one = new Locker(clients, quick);
    await (await one.acquire(newName('warm-up'))).release();
    nodes.proxy(0).drop('toClient');
    const trying = rejectionOf(one.tryAcquire(name, {ttlMs: 60_000}));
    await until(async () => (await nodes.count(keyOf(name))) === 1);

    nodes.proxy(0).refuse();
    nodes.proxy(0).cut();
    const error = await trying;
    // Each connection that fails takes with it what the client wanted to send.
    await until(() => closed >= 3);
    nodes.proxy(0).release();
    await nodes.proxy(0).accept();

    expect(blamedBy(error)).to.deep.equal([0]);
    await until(async () => (await nodes.count(keyOf(name))) === 0);
    await one.close();
  });

  it('is granted its lock when the reply was lost with the connection and the client sends again', async () => {
    const name = newName();
    const one = new Locker(nodes.connectThroughProxies(), patient);
    await (await one.acquire(newName('warm-up'))).release();
    nodes.proxy(0).drop('toClient');
    const acquiring = one.acquire(name);
    await until(async () => (await nodes.count(keyOf(name))) === 1);

    nodes.proxy(0).release();
    nodes.proxy(0).cut();
    const lock = await acquiring;

    expect(await nodes.get(keyOf(name))).to.deep.equal([lock.token]);
    expect(await lock.release()).to.equal(true);
    await one.close();
  });

  it('does not give out a grant that came later than its own end', async () => {
    const name = newName();
    let aheadMs = 0;
    const clocks = {
      monotonic: () => performance.now() + aheadMs,
      wall: () => Date.now() + aheadMs,
    };
    const one = new Locker(nodes.connect(), {...quick, clocks});

    const trying = rejectionOf(one.tryAcquire(name));
    aheadMs = 5000;

    expect(await trying).to.be.an.instanceOf(QuorumError);
    await until(async () => (await nodes.count(keyOf(name))) === 0, 1000);
    await one.close();
  });

  it('counts the validity from before the question was sent, not from the answer', async () => {
    const one = new Locker(nodes.connectThroughProxies(), {ttlMs: 4000, nodeTimeoutMs: 1200});
    await (await one.acquire(newName('warm-up'))).release();
    nodes.proxy(0).delay(300, 'toClient');

    const lock = await one.acquire(newName(), {keepAlive: false});

    // 4000 less 42 for drift, 200 for the abort and 300 for the way.
    expect(lock.remainingMs).to.be.within(1, 4000 - 42 - 200 - 295);
    await lock.release();
    await one.close();
  });

  it('loses a lock that was held when the server came back empty, and obtains new ones', async () => {
    const name = newName();
    const lock = await locker.acquire(name, {ttlMs: 1500});

    await nodes.server(0).restart();
    await until(() => lock.signal.aborted);
    const next = await locker.acquire(newName());

    expect(lock.isHeld).to.equal(false);
    expect(await lock.release()).to.equal(false);
    expect(await next.release()).to.equal(true);
  });

  it('keeps a lock through a restart with its data', async () => {
    const lock = await locker.acquire(newName(), {ttlMs: 5000});

    await nodes.server(0).restart({keepData: true});
    await until(async () => (await rejectionOf(lock.extend())) === undefined, 4000);

    expect(lock.isHeld).to.equal(true);
    expect(await lock.release()).to.equal(true);
  });
});
