import {expect} from 'chai';
import {Locker, QuorumError} from 'holdfast';
import {
  LeaderElection,
  type LeadershipEndedError,
  type LeaderElectionOptions,
  type Leading,
} from 'holdfast/election';
import {setTimeout as delay} from 'node:timers/promises';

import {block} from '../block.js';
import {Deferred} from '../deferred.js';
import {listenersOn} from '../locker/listeners.js';
import {newName} from '../locker/names.js';
import {Nodes} from '../locker/nodes.js';
import {layouts, oneNode, type Topology} from '../locker/topologies.js';
import {ownServersOnly} from '../redis/own-servers-only.js';
import {rejectionOf} from '../rejection.js';
import {until} from '../until.js';

for (const layout of layouts) {
  describe(`an election on ${layout.name}`, function () {
    this.timeout(20_000);

    let topology: Topology;
    let stop: AbortController;
    let campaigns: Promise<unknown>[];
    let lockers: Locker[];

    before(async () => {
      topology = await layout.get();
    });

    beforeEach(() => {
      stop = new AbortController();
      campaigns = [];
      lockers = [];
    });

    afterEach(async () => {
      stop.abort();
      await Promise.all(campaigns);
      await Promise.all(lockers.map((locker) => locker.close()));
    });

    /** A candidate as if it were in another process. */
    function campaign(name: string, lead: Leading, options?: LeaderElectionOptions): void {
      const locker = new Locker(topology.connect());
      lockers.push(locker);
      const election = new LeaderElection(locker, name, options);
      campaigns.push(election.run(lead, {signal: stop.signal}));
    }

    it('has one leader at a time, and numbers the terms in order', async () => {
      const name = newName();
      const fences: number[] = [];
      let inside = 0;
      let most = 0;
      for (let count = 0; count < 3; count += 1) {
        campaign(
          name,
          async ({fence}) => {
            inside += 1;
            most = Math.max(most, inside);
            fences.push(fence);
            await delay(2);
            inside -= 1;
          },
          {pauseMs: 10},
        );
      }

      await until(() => fences.length >= 12, 15_000);

      expect(most).to.equal(1);
      expect(fences).to.deep.equal(fences.toSorted((a, b) => a - b));
      expect(new Set(fences).size).to.equal(fences.length);
    });

    it('has another leader soon after one resigned, however long its lease is', async () => {
      const name = newName();
      const events: string[] = [];
      const first = new Deferred<void>();
      campaign(
        name,
        async (term) => {
          events.push('first leads');
          await first.promise;
          void term.resign();
          await delay(50);
          events.push(`first ends, ${term.isLeader}`);
        },
        {ttlMs: 60_000, pauseMs: 60_000},
      );
      await until(() => events.length === 1);
      campaign(
        name,
        async ({signal}) => {
          events.push('second leads');
          await delay(60_000, undefined, {signal});
        },
        {ttlMs: 60_000},
      );
      await until(async () =>
        (await listenersOn(topology.direct, name)).some((count) => count > 0),
      );

      first.resolve();
      await until(() => events.includes('second leads'), 10_000);

      expect(events).to.deep.equal(['first leads', 'first ends, true', 'second leads']);
    });
  });
}

describe('an election over a network that fails', function () {
  this.timeout(20_000);

  let nodes: Nodes;

  before(ownServersOnly);

  before(async () => {
    nodes = await Nodes.start(3);
  });

  afterEach(() => {
    nodes.heal();
  });

  after(async () => {
    await nodes.stop();
  });

  it('has a leader that ends its callback before another one leads, when it is cut off', async () => {
    const name = newName();
    const events: string[] = [];
    const stop = new AbortController();
    const {signal} = stop;
    await using near = new Locker(nodes.connectThroughProxies());
    await using far = new Locker(nodes.connect());
    const options = {ttlMs: 1000, pauseMs: 0, headStartMs: 400};
    const first = new LeaderElection(near, name, options).run(
      async (term) => {
        events.push('first leads');
        await rejectionOf(delay(60_000, undefined, {signal: term.signal}));
        const {ending} = term.signal.reason as LeadershipEndedError;
        events.push(`first is told: ${ending}, ${term.isLeader}`);
      },
      {signal},
    );
    await until(() => events.length === 1);
    const second = new LeaderElection(far, name, options).run(
      async (term) => {
        events.push('second leads');
        await rejectionOf(delay(60_000, undefined, {signal: term.signal}));
      },
      {signal},
    );

    for (const proxy of nodes.proxies) proxy.hold();
    await until(() => events.includes('second leads'), 15_000);
    stop.abort();
    await Promise.all([first, second]);

    expect(events).to.deep.equal([
      'first leads',
      'first is told: unconfirmed, true',
      'second leads',
    ]);
  });

  it('campaigns on while Redis cannot be asked, and leads once it can', async () => {
    const stop = new AbortController();
    await using locker = new Locker(nodes.connectThroughProxies(), {nodeTimeoutMs: 50});
    const led = new Deferred<number>();
    for (const proxy of nodes.proxies) proxy.hold();
    const election = new LeaderElection(locker, newName());
    const running = election.run(({fence}) => led.resolve(fence), {signal: stop.signal});
    const trouble = await rejectionOf(locker.tryAcquire(newName()));

    nodes.heal();
    const fence = await led.promise;
    stop.abort();
    await running;

    expect(trouble).to.be.instanceOf(QuorumError);
    expect(fence).to.be.above(0);
  });

  it('tells of an error for which there is no help', async () => {
    const name = newName();
    await using locker = new Locker(nodes.connect());
    await Promise.all(nodes.direct.map((redis) => redis.lpush(`lock:${name}`, 'a list')));

    const error = await rejectionOf(new LeaderElection(locker, name).run(() => {}));

    expect(error).to.be.instanceOf(QuorumError);
  });
});

describe('an election', function () {
  this.timeout(20_000);

  it('takes no part in what its locker was told about locks', async () => {
    const topology = await oneNode.get();
    await using locker = new Locker(topology.connect(), {
      keepAlive: false,
      timeoutMs: 1,
      maxHoldMs: 1,
    });
    const name = newName();
    const stop = new AbortController();
    const before = await locker.acquire(name, {timeoutMs: 10_000, maxHoldMs: 60_000});
    const led = new Deferred<number>();
    const running = new LeaderElection(locker, name, {ttlMs: 300}).run(
      async (term) => {
        const startedAt = performance.now();
        await until(() => performance.now() - startedAt > 600);
        led.resolve(term.remainingMs);
        stop.abort();
      },
      {signal: stop.signal},
    );

    await before.release();
    await running;

    expect(await led.promise).to.be.above(0);
  });

  it('has a leader that leads on while its event loop stands still, with a worker', async () => {
    const topology = await oneNode.get();
    await using locker = new Locker(topology.connect(), {stallMs: 60_000});
    const stop = new AbortController();
    const ttlMs = 1500;
    const led: boolean[] = [];

    await new LeaderElection(locker, newName(), {ttlMs, keepAlive: 'worker'}).run(
      (term) => {
        block(2 * ttlMs);
        led.push(term.isLeader, !term.signal.aborted);
        stop.abort();
      },
      {signal: stop.signal},
    );

    expect(led).to.deep.equal([true, true]);
  });

  it('is over when its locker is closed', async () => {
    const topology = await oneNode.get();
    const locker = new Locker(topology.connect());
    const endings: string[] = [];
    const running = new LeaderElection(locker, newName(), {pauseMs: 0}).run(async ({signal}) => {
      signal.addEventListener('abort', () => {
        endings.push((signal.reason as LeadershipEndedError).ending);
      });
      void locker.close();
      await rejectionOf(delay(60_000, undefined, {signal}));
    });

    expect(await rejectionOf(running)).to.have.property('code', 'ERR_LOCKER_CLOSED');
    expect(endings).to.deep.equal(['lost']);
  });
});
