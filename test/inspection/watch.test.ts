import {expect} from 'chai';
import {Locker, QuorumError, type LockInfo} from 'holdfast';

import {listenersOf} from '../listeners.js';
import {atRest} from '../locker/at-rest.js';
import {callsFrom} from '../locker/calls-from.js';
import {listenersOn} from '../locker/listeners.js';
import {newName} from '../locker/names.js';
import {keyOf, type Nodes} from '../locker/nodes.js';
import {troubledNodes} from '../locker/troubled-nodes.js';
import {layouts, type Topology} from '../locker/topologies.js';
import {rejectionOf} from '../rejection.js';
import {until} from '../until.js';

/** Follows a lock, and notes down what it is told. */
class Follower {
  readonly seen: LockInfo[] = [];
  readonly ended: Promise<unknown>;
  readonly #controller = new AbortController();

  constructor(locker: Locker, resource: string) {
    this.ended = rejectionOf(this.#follow(locker, resource));
  }

  /** What was seen: the values of holders, or how they are called, or `free`. */
  get story(): readonly string[] {
    return this.seen.map(({isHeld, holder, value}) =>
      isHeld ? (value ?? holder?.label ?? 'somebody') : 'free',
    );
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  hasSeen(...story: readonly string[]): Promise<void> {
    return until(() => story.join() === this.story.join());
  }

  async stop(): Promise<unknown> {
    this.#controller.abort('seen enough');
    return this.ended;
  }

  async #follow(locker: Locker, resource: string): Promise<void> {
    for await (const info of locker.watch(resource, {signal: this.signal})) this.seen.push(info);
  }
}

for (const layout of layouts) {
  describe(`watching a lock, on ${layout.name},`, () => {
    let topology: Topology;
    let one: Locker;
    let other: Locker;
    let watcher: Locker;

    before(async () => {
      topology = await layout.get();
      one = new Locker(topology.connect(), {ttlMs: 60_000, label: 'one'});
      other = new Locker(topology.connect(), {ttlMs: 60_000, label: 'other'});
      watcher = new Locker(topology.connect());
    });

    after(async () => {
      for (const locker of [one, other, watcher]) await locker.close();
    });

    /** A connection that comes up later than others makes its watcher look once more, a moment after the server knows. */
    async function isHeardEverywhere(name: string): Promise<void> {
      const servers = topology.place.kind === 'cluster' ? 1 : topology.direct.length;
      await until(async () => {
        const counts = await listenersOn(topology.direct, name);
        return counts.reduce((sum, count) => sum + count, 0) >= servers;
      });
    }

    it('gives the present state first, and then each change', async () => {
      const name = newName();
      const lock = await one.acquire(name);
      const follower = new Follower(watcher, name);

      await follower.hasSeen('one');
      await lock.announce('a');
      await follower.hasSeen('one', 'a');
      await lock.announce('b');
      await follower.hasSeen('one', 'a', 'b');
      await lock.release();
      await follower.hasSeen('one', 'a', 'b', 'free');
      const next = await other.acquire(name);
      await follower.hasSeen('one', 'a', 'b', 'free', 'other');
      await next.release();
      await follower.hasSeen('one', 'a', 'b', 'free', 'other', 'free');

      expect(await follower.stop()).to.equal('seen enough');
      expect(listenersOf(follower.signal)).to.equal(0);
    });

    it('is told of a release and of an announcement at once, and asks nothing before', async () => {
      const name = newName();
      const lock = await one.acquire(name);
      const clients = topology.connect();
      await using asker = new Locker(clients);
      const follower = new Follower(asker, name);
      await follower.hasSeen('one');
      await isHeardEverywhere(name);
      const asked = callsFrom(clients);
      const before = await atRest(asked);
      const start = performance.now();

      await until(() => performance.now() - start > 400);
      const during = asked() - before;
      await lock.announce('news');
      await follower.hasSeen('one', 'news');
      await lock.release();
      await follower.hasSeen('one', 'news', 'free');

      // Nothing of it has waited for the clock.
      expect(performance.now() - start).to.be.below(10_000);
      expect(during).to.equal(0);
      await follower.stop();
    });

    it('sees by the clock what nobody tells: an end, and a new holder of another library', async () => {
      const name = newName();
      const lock = await one.acquire(name, {ttlMs: 400, keepAlive: false});
      const follower = new Follower(watcher, name);
      await follower.hasSeen('one');
      await until(() => !lock.isHeld);

      await follower.hasSeen('one', 'free');
      await Promise.all(
        topology.connect().map((client) => client.set(keyOf(name), 'foreign', 'PX', 60_000)),
      );
      await follower.hasSeen('one', 'free', 'somebody');

      await follower.stop();
    });

    it('asks nothing while a holder extends its lock, for many times its life', async () => {
      const name = newName();
      await using holder = new Locker(topology.connect(), {ttlMs: 600, label: 'holder'});
      const lock = await holder.acquire(name);
      const clients = topology.connect();
      await using asker = new Locker(clients);
      const follower = new Follower(asker, name);
      await follower.hasSeen('holder');
      await isHeardEverywhere(name);
      const asked = callsFrom(clients);
      const before = await atRest(asked);
      const start = performance.now();

      await until(() => performance.now() - start > 2000);
      const during = asked() - before;
      await lock.release();
      await follower.hasSeen('holder', 'free');

      expect(lock.isHeld).to.equal(false);
      expect(during).to.equal(0);
      await follower.stop();
    });

    it('sees who took a free lock in silence, and extends it from then on', async () => {
      const name = newName();
      await using quick = new Locker(topology.connect(), {ttlMs: 300, label: 'quick'});
      const follower = new Follower(watcher, name);
      await follower.hasSeen('free');
      const start = performance.now();
      await until(() => performance.now() - start > 1300);

      // Its first extension is told while the watcher sleeps, for up to a second.
      const lock = await quick.acquire(name);
      await follower.hasSeen('free', 'quick');

      await lock.release();
      await follower.stop();
    });

    it('sees each holder, also where one process hands the lock over to itself', async () => {
      const name = newName();
      const first = await one.acquire(name, {label: 'first'});
      const second = one.acquire(name, {label: 'second'});
      const follower = new Follower(watcher, name);
      await follower.hasSeen('first');
      await isHeardEverywhere(name);

      await first.release();
      await follower.hasSeen('first', 'second');
      await (await second).release();
      await follower.hasSeen('first', 'second', 'free');

      await follower.stop();
    });

    it('may be left at any time, and leaves nothing behind', async () => {
      const name = newName();
      const lock = await one.acquire(name);
      const {signal} = new AbortController();

      for await (const info of watcher.watch(name, {signal})) {
        expect(info.isHeld).to.equal(true);
        break;
      }

      expect(listenersOf(signal)).to.equal(0);
      await until(async () => (await listenersOn(topology.direct, name)).every((n) => n === 0));
      await lock.release();
    });

    it('loses no change while who watches is busy with the last one', async () => {
      const name = newName();
      const lock = await one.acquire(name);
      const states = watcher.watch(name);

      const first = await states.next();
      await lock.announce('a');
      await lock.announce('b');
      const second = await states.next();
      await lock.release();
      const third = await states.next();
      await states.return();

      expect(first.value).to.include({isHeld: true});
      expect(second.value).to.include({value: 'b'});
      expect(third.value).to.include({isHeld: false});
    });
  });
}

describe('watching a lock, in trouble,', () => {
  let nodes: Nodes;
  let locker: Locker;

  troubledNodes(3, {nodeTimeoutMs: 300}, (...ready) => {
    [nodes, locker] = ready;
  });

  it('throws when too few nodes answer', async () => {
    const follower = new Follower(locker, newName());
    await follower.hasSeen('free');

    for (const index of [0, 1]) await nodes.server(index).pause();

    expect(await follower.ended).to.be.an.instanceOf(QuorumError);
  });

  it('looks now and then where nothing may be heard', async () => {
    const name = newName();
    const [redis] = nodes.connect();
    const send = (command: string, args: string[]): Promise<unknown> =>
      redis?.call(command, ...args) ?? Promise.reject(new Error('no client'));
    await using holder = new Locker({send}, {label: 'holder', ttlMs: 60_000});
    await using deaf = new Locker({send});
    const follower = new Follower(deaf, name);
    await follower.hasSeen('free');

    const lock = await holder.acquire(name);
    await follower.hasSeen('free', 'holder');
    await lock.release();
    await follower.hasSeen('free', 'holder', 'free');

    await follower.stop();
  });

  it('ends with the reason when the signal aborts, also one that has aborted before', async () => {
    const states = locker.watch(newName(), {signal: AbortSignal.abort('gone')});

    expect(await rejectionOf(states.next())).to.equal('gone');
  });

  it('ends when the locker is closed, and is refused after that', async () => {
    const follower = new Follower(locker, newName());
    await follower.hasSeen('free');

    await locker.close();

    expect(await follower.ended).to.have.property('code', 'ERR_LOCKER_CLOSED');
    expect(() => locker.watch('x'))
      .to.throw()
      .with.property('code', 'ERR_LOCKER_CLOSED');
  });

  it('is refused for what is no name or no signal', () => {
    expect(() => locker.watch(5 as unknown as string)).to.throw(TypeError);
    expect(() => locker.watch('')).to.throw(RangeError);
    expect(() => locker.watch('x', {signal: 5 as unknown as AbortSignal})).to.throw(TypeError);
    expect(() => locker.watch('x', {ttlMs: 5} as object)).to.throw(TypeError);
  });
});
