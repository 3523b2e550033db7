import {lineKeys} from '#internal/redis/hash-tag.js';
import {expect} from 'chai';
import {Locker, LockTimeoutError, type Lock} from 'holdfast';
import {spawn, type ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {fileURLToPath} from 'node:url';
import type {Redis} from 'ioredis';

import {listenersOf} from '../listeners.js';
import {rejectionOf} from '../rejection.js';
import {until} from '../until.js';
import type {FairTask} from './fair.worker.js';
import {listenersOn} from './listeners.js';
import {inMs} from './in-ms.js';
import {newName} from './names.js';
import {at, keyOf} from './nodes.js';
import {callsOf} from './stats.js';
import {layouts, oneNode, type Topology} from './topologies.js';

const worker = fileURLToPath(new URL('fair.worker.js', import.meta.url));
// After so long without a word those in line are taken for dead.
const aliveMs = 1000;
const slow = {fair: true, ttlMs: 30_000, timeoutMs: 30_000};

const [one, , , cluster] = layouts;

const passed = async (ms: number): Promise<void> => {
  const end = performance.now() + ms;
  await until(() => performance.now() >= end, ms + 5000);
};

for (const layout of [one, cluster]) {
  if (layout === undefined) throw new Error('no such layout');
  const title = layout.name;
  describe(`a fair locker, on ${title},`, () => {
    let topology: Topology;
    let redis: Redis;
    let ledger: Redis;
    let ledgerUrl: string;
    let lockers: Locker[];
    let children: ChildProcess[];

    before(async () => {
      topology = await layout.get();
      redis = at(topology.connect(), 0) as Redis;
      const apart = await oneNode.get();
      ledger = at(apart.direct, 0);
      ledgerUrl = at(apart.place.urls, 0);
    });

    beforeEach(() => {
      lockers = [];
      children = [];
    });

    afterEach(async () => {
      for (const child of children) child.kill('SIGKILL');
      await Promise.all(lockers.map((locker) => locker.close()));
    });

    const newLocker = (options: object = slow): Locker => {
      const locker = new Locker(topology.connect(), options);
      lockers.push(locker);
      return locker;
    };

    const run = (name: string, tasks: number, turns: number): ChildProcess => {
      const task: FairTask = {place: topology.place, ledger: ledgerUrl, name, tasks, turns};
      const child = spawn(process.execPath, [worker, JSON.stringify(task)], {stdio: 'inherit'});
      children.push(child);
      return child;
    };

    const calls = async (): Promise<number> => {
      const each = await Promise.all(
        topology.direct.map((server) => callsOf(server, 'evalsha', 'eval')),
      );
      return each.flat().reduce((sum, count) => sum + count, 0);
    };

    /** The tokens that stand in line, in order. */
    const lineOf = async (name: string): Promise<string[]> => {
      const [line = ''] = lineKeys(keyOf(name));
      const places = await redis.zrange(line, '0', '-1');
      return places.map((place) => /^\S+ \d+ (.+)$/s.exec(place)?.[1] ?? '');
    };
    const hasInLine = (name: string, count: number) => async (): Promise<boolean> =>
      (await lineOf(name)).length === count;
    const exists = (name: string): Promise<number> =>
      redis.exists([keyOf(name), ...lineKeys(keyOf(name))]);

    it('lets callers have their turns in the order in which they came, whatever locker they use', async () => {
      const name = newName();
      const [holder, a, b, c] = [newLocker(), newLocker(), newLocker(), newLocker()];
      const lock = await holder.acquire(name);
      const turns: number[] = [];
      const fences: number[] = [lock.fence];
      const waiting: Promise<void>[] = [];
      for (const [index, locker] of [a, b, a, c, holder, a, c, b].entries()) {
        waiting.push(
          locker.using(name, ({fence}) => {
            turns.push(index);
            fences.push(fence);
          }),
        );
        await until(hasInLine(name, index + 1));
      }

      await lock.release();
      await Promise.all(waiting);

      expect(turns).to.deep.equal([0, 1, 2, 3, 4, 5, 6, 7]);
      expect(fences).to.deep.equal(fences.toSorted((x, y) => x - y));
      expect(new Set(fences).size).to.equal(9);
    });

    it('gives the lock to the tasks of several processes in the order in which they stood in line, one at a time', async function () {
      this.timeout(40_000);
      const name = newName();
      const lock = await newLocker().acquire(name);
      const processes = [0, 1, 2].map(() => run(name, 5, 1));
      const exits = processes.map((child) => once(child, 'exit'));
      await until(hasInLine(name, 15), 25_000);
      const inOrder = await lineOf(name);

      await lock.release();
      await Promise.all(exits);

      const fences = (await ledger.lrange(`fences:${name}`, 0, -1)).map(Number);
      expect(await ledger.lrange(`tokens:${name}`, 0, -1)).to.deep.equal(inOrder);
      expect(fences).to.deep.equal(fences.toSorted((x, y) => x - y));
      expect(await ledger.get(`overlaps:${name}`)).to.equal(null);
      await until(async () => (await exists(name)) === 0);
    });

    for (const signal of ['SIGKILL', 'SIGSTOP'] as const) {
      it(`passes over those of a process that got ${signal} soon after they were heard of last`, async function () {
        this.timeout(40_000);
        const name = newName();
        const lock = await newLocker().acquire(name);
        const child = run(name, 5, 1);
        await until(hasInLine(name, 5), 25_000);
        const waiting = newLocker().acquire(name);
        await until(hasInLine(name, 6));

        child.kill(signal);
        await lock.release();
        const tookMs = await inMs(() => waiting);

        // All five of them together, not each for itself.
        expect(tookMs).to.be.below(2.5 * aliveMs);
      });
    }

    it('lets those of a process that was stopped for a while stand in line again', async function () {
      this.timeout(40_000);
      const name = newName();
      const lock = await newLocker().acquire(name);
      const child = run(name, 3, 1);
      const exit = once(child, 'exit');
      await until(hasInLine(name, 3), 25_000);
      child.kill('SIGSTOP');
      const waiting = newLocker().using(name, () => {});
      await lock.release();
      await waiting;
      const before = await ledger.llen(`tokens:${name}`);

      child.kill('SIGCONT');

      expect(await exit).to.deep.equal([0, null]);
      expect(before).to.equal(0);
      expect(await ledger.llen(`tokens:${name}`)).to.equal(3);
    });

    it('leaves the line at once on an abort, at the end of its time, and when it is closed', async () => {
      const name = newName();
      const locker = newLocker();
      const closed = newLocker();
      const lock = await newLocker().acquire(name);
      const controller = new AbortController();
      const waiting = [
        rejectionOf(locker.acquire(name, {signal: controller.signal})),
        rejectionOf(locker.acquire(name, {timeoutMs: 600})),
        rejectionOf(closed.acquire(name)),
      ];
      await until(hasInLine(name, 3), 500);

      controller.abort('enough');
      await until(hasInLine(name, 2));
      const reason = await waiting[0];
      const timedOut = await waiting[1];
      await until(hasInLine(name, 1));
      await closed.close();

      expect(reason).to.equal('enough');
      expect(timedOut).to.be.an.instanceOf(LockTimeoutError);
      expect(await lineOf(name)).to.deep.equal([]);
      expect(listenersOf(controller.signal)).to.equal(0);
      expect(await lock.release()).to.equal(true);
    });

    it('passes the lock on when it was given to one who has just gone', async () => {
      const name = newName();
      const [holder, gone, next] = [newLocker(), newLocker(), newLocker()];
      for (let round = 0; round < 20; round += 1) {
        const lock = await holder.acquire(name);
        const controller = new AbortController();
        const aborted = rejectionOf(gone.using(name, {signal: controller.signal}, () => {}));
        await until(hasInLine(name, 1));
        const waiting = next.using(name, () => 'worked');
        await until(hasInLine(name, 2));

        const released = lock.release();
        for (let step = 0; step < round; step += 1) await new Promise(setImmediate);
        controller.abort('enough');

        expect(await waiting).to.equal('worked');
        expect(await aborted).to.be.oneOf(['enough', undefined]);
        await released;
      }
      await until(async () => (await exists(name)) === 0);
    });

    it('keeps a lock that was given to one in line for as long as it is held', async () => {
      const name = newName();
      const [holder, waiter] = [newLocker(), newLocker({...slow, ttlMs: 5000})];
      const first = await holder.acquire(name);
      const waiting = waiter.acquire(name);
      await until(hasInLine(name, 1));
      await until(async () => (await listenersOn(topology.direct, name)).includes(1));
      await passed(200);
      await first.release();

      const lock = await waiting;
      const given = await redis.pttl(keyOf(name));
      await passed(2 * aliveMs);

      expect(given).to.be.at.most(aliveMs);
      expect(lock.isHeld).to.equal(true);
      expect(await redis.pttl(keyOf(name))).to.be.above(aliveMs);
      expect(await lock.release()).to.equal(true);
    });

    it('gives a lock that is not kept alive all its time', async () => {
      const name = newName();
      const [holder, waiter] = [newLocker(), newLocker({...slow, keepAlive: false})];
      const first = await holder.acquire(name);
      const waiting = waiter.acquire(name);
      await until(hasInLine(name, 1));

      await first.release();
      const lock = await waiting;

      expect(lock.remainingMs).to.be.above(20_000);
    });

    it('does not let tryAcquire in before those in line', async () => {
      const name = newName();
      const [holder, waiter, other] = [newLocker(), newLocker(), newLocker()];
      const lock = await holder.acquire(name);
      const whileHeld = await other.tryAcquire(name);
      const waiting = waiter.acquire(name);
      await until(hasInLine(name, 1));
      const released = lock.release();
      const whileGiven = await other.tryAcquire(name);
      await released;
      const next = await waiting;
      await next.release();

      const free = await other.tryAcquire(name);

      expect(whileHeld).to.equal(undefined);
      expect(whileGiven).to.equal(undefined);
      expect(free).to.have.property('isHeld', true);
      expect(await lineOf(name)).to.deep.equal([]);
    });

    it('lets those who watch see each of those who have their turn', async () => {
      const name = newName();
      const [holder, a, b, other] = [newLocker(), newLocker(), newLocker(), newLocker()];
      const locks = [await holder.acquire(name), a.acquire(name)];
      await until(hasInLine(name, 1));
      locks.push(b.acquire(name));
      await until(hasInLine(name, 2));
      const controller = new AbortController();
      const seen: (string | undefined)[] = [];
      const watching = rejectionOf(
        (async () => {
          for await (const {token} of other.watch(name, {signal: controller.signal})) {
            seen.push(token);
          }
        })(),
      );
      const tokens: (string | undefined)[] = [];
      for (const each of locks) {
        const lock = await each;
        tokens.push(lock.token);
        await until(() => seen.length === tokens.length, 2000);
        await lock.release();
      }
      await until(() => seen.length === 4);

      controller.abort('enough');

      expect(await watching).to.equal('enough');
      expect(seen).to.deep.equal([...tokens, undefined]);
    });

    it('and a plain one exclude each other, and wake each other', async () => {
      const name = newName();
      const [fair, plain] = [newLocker(), newLocker({...slow, fair: false})];
      const first = await plain.acquire(name);
      const refused = await fair.tryAcquire(name);
      const waiting = fair.acquire(name);
      await until(hasInLine(name, 1));
      await first.release();
      const toFairMs = await inMs(() => waiting);
      const second: Lock = await waiting;
      const refusedToo = await plain.tryAcquire(name);
      const waitingToo = plain.acquire(name);
      await passed(100);

      await second.release();
      const toPlainMs = await inMs(() => waitingToo);

      expect(refused).to.equal(undefined);
      expect(refusedToo).to.equal(undefined);
      expect(toFairMs).to.be.below(2000);
      expect(toPlainMs).to.be.below(2000);
      expect((await waitingToo).fence).to.be.above(second.fence);
    });

    it('has the lock soon after a holder that ended without a word, or lost its key', async () => {
      const name = newName();
      const fair = newLocker();
      await redis.set(keyOf(name), 'of another client', 'PX', 600);
      const afterExpiryMs = await inMs(() => fair.using(name, () => {}));
      await redis.set(keyOf(name), 'of another client');
      const waiting = fair.using(name, () => {});
      await until(hasInLine(name, 1));

      await redis.del(keyOf(name));
      const afterDeleteMs = await inMs(() => waiting);

      expect(afterExpiryMs).to.be.within(500, 2500);
      expect(afterDeleteMs).to.be.below(2000);
    });

    it('finds its turn without notices, and when the line was lost', async () => {
      const name = newName();
      const [client] = topology.connect();
      const deaf = new Locker(
        {send: (command, args) => (client as Redis).call(command, ...args)},
        slow,
      );
      lockers.push(deaf);
      const lock = await newLocker().acquire(name);
      const waiting = [deaf.using(name, () => 'deaf'), newLocker().using(name, () => 'hears')];
      await until(hasInLine(name, 2));
      await Promise.all(lineKeys(keyOf(name)).map((key) => redis.del(key)));
      await until(hasInLine(name, 2));

      await lock.release();

      expect(await Promise.all(waiting)).to.deep.equal(['deaf', 'hears']);
      await until(async () => (await exists(name)) === 0);
    });

    it('takes about one command for each section that is contended for', async function () {
      this.timeout(40_000);
      const name = newName();
      const sections = 200;
      const all = [newLocker(), newLocker(), newLocker(), newLocker()];
      const turnsOf = new Map<number, number>();
      let left = sections;
      const isLeft = (): boolean => left > 0;
      const takeTurns = async (locker: Locker, task: number): Promise<void> => {
        while (isLeft()) {
          await locker.using(name, () => {
            left -= 1;
            turnsOf.set(task, (turnsOf.get(task) ?? 0) + 1);
          });
        }
      };
      await Promise.all(all.map((locker) => locker.using(newName('warm-up'), () => {})));
      const before = await calls();

      const start = performance.now();
      await Promise.all(
        all.flatMap((locker, index) =>
          [0, 1, 2, 3].map((task) => takeTurns(locker, 4 * index + task)),
        ),
      );
      const seconds = (performance.now() - start) / 1000;
      const perSection = ((await calls()) - before) / sections;

      // Each locker says three times a second or so that it is alive, however long this takes.
      expect(perSection - (4 * 4 * seconds) / sections).to.be.below(2.2);
      expect(Math.max(...turnsOf.values()) / Math.min(...turnsOf.values())).to.be.at.most(1.5);
      await until(async () => (await exists(name)) === 0);
    });
  });
}

describe('a fair locker', () => {
  const nothing = {send: () => Promise.reject(new Error('nothing is sent'))};

  it('is refused with several nodes, with the reason', () => {
    const others = [{...nothing}, {...nothing}, {...nothing}];

    expect(() => new Locker(others, {fair: true})).to.throw(RangeError, 'only one node');
    expect(() => new Locker(others, {fair: false})).to.not.throw();
  });

  it('takes one resource at a time, and says why', async () => {
    const locker = new Locker(nothing, {fair: true});

    for (const call of [locker.acquire(['a', 'b']), locker.tryAcquire(['a', 'b'])]) {
      const error = await rejectionOf(call);
      expect(error).to.be.an.instanceOf(RangeError);
      expect(error).to.have.property('message').that.includes('several lines');
    }
  });
});
