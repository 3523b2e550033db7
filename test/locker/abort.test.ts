import {expect} from 'chai';
import {Locker, LockTimeoutError, type Lock} from 'holdfast';

import {flush} from '../flush.js';
import {listenersOf} from '../listeners.js';
import {rejectionOf} from '../rejection.js';
import {until} from '../until.js';
import {newName} from './names.js';
import {keyOf, Nodes} from './nodes.js';

/** Moments after a call, from the next microtask to some milliseconds later, and the one in which it ends. */
const moments: readonly ((calling: Promise<unknown>) => Promise<unknown>)[] = [
  ...[0, 1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30].map((steps) => async () => {
    for (let step = 0; step < steps; step += 1) await Promise.resolve();
  }),
  ...[1, 2, 3, 4, 5, 6, 8].map((turns) => async () => {
    for (let turn = 0; turn < turns; turn += 1) {
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
  }),
  ...[1, 2, 3, 5, 8, 12, 20].map((ms) => async () => {
    const end = performance.now() + ms;
    await until(() => performance.now() >= end);
  }),
  (calling) => calling,
];

for (const count of [1, 3]) {
  describe(`an abort, on ${count} node${count > 1 ? 's' : ''},`, () => {
    let nodes: Nodes;
    let locker: Locker;

    before(async () => {
      nodes = await Nodes.start(count);
      locker = new Locker(nodes.connectThroughProxies(), {ttlMs: 60_000, nodeTimeoutMs: 3000});
    });

    after(async () => {
      await locker.close();
      await nodes.stop();
    });

    for (const [method, delayMs] of [
      ['acquire', 0],
      ['acquire', 4],
      ['tryAcquire', 0],
      ['tryAcquire', 4],
    ] as const) {
      it(`of ${method} leaves no key at whatever moment it comes, with ${delayMs} ms to the servers`, async () => {
        for (const proxy of nodes.proxies) proxy.delay(delayMs);
        const names: string[] = [];
        const ends = {obtained: 0, aborted: 0};

        for (const moment of moments) {
          const name = newName();
          names.push(name);
          const controller = new AbortController();
          const calling: Promise<Lock | undefined> = locker[method](name, {
            signal: controller.signal,
          });
          const failure = rejectionOf(calling);
          await moment(calling);
          controller.abort('enough');

          const reason = await failure;

          if (reason === undefined) {
            const lock = await calling;
            expect(await lock?.release()).to.equal(true);
            ends.obtained += 1;
          } else {
            expect(reason).to.equal('enough');
            ends.aborted += 1;
          }
          expect(listenersOf(controller.signal)).to.equal(0);
        }
        for (const proxy of nodes.proxies) proxy.delay(0);

        expect(ends.aborted).to.be.above(0);
        expect(ends.obtained).to.be.above(0);
        for (const name of names) {
          await until(async () => (await nodes.count(keyOf(name))) === 0, 2000);
        }
      });
    }

    it('of one who waits in the line of this process is told at once, and the others keep their turn', async () => {
      const name = newName();
      const lock = await locker.acquire(name);
      const controller = new AbortController();
      const turns: string[] = [];
      const waiting = rejectionOf(locker.acquire(name, {signal: controller.signal}));
      const next = locker.using(name, () => turns.push('next'));

      controller.abort('enough');
      const reason = await waiting;
      const during = [...turns];
      await lock.release();
      await next;

      expect(reason).to.equal('enough');
      expect(during).to.deep.equal([]);
      expect(turns).to.deep.equal(['next']);
    });

    it('of one who waits for another process is told at once', async () => {
      const name = newName();
      const other = new Locker(nodes.connect());
      const lock = await other.acquire(name);
      await nodes.haveAll(keyOf(name), lock.token);
      const controller = new AbortController();
      const waiting = rejectionOf(locker.acquire(name, {signal: controller.signal}));
      const start = performance.now();
      await until(() => performance.now() - start > 100);

      controller.abort('enough');

      expect(await waiting).to.equal('enough');
      expect(listenersOf(controller.signal)).to.equal(0);
      expect(await nodes.get(keyOf(name))).to.deep.equal(nodes.servers.map(() => lock.token));
      await lock.release();
      await other.close();
    });

    it('after the lock was obtained has no effect on it', async () => {
      const controller = new AbortController();
      const lock = await locker.acquire(newName(), {signal: controller.signal});

      controller.abort();

      expect(lock.isHeld).to.equal(true);
      expect(lock.signal.aborted).to.equal(false);
      expect(await lock.release()).to.equal(true);
    });

    it('of a thousand waiters who share a signal leaves no listener, and warns of none', async () => {
      const name = newName();
      const lock = await locker.acquire(name);
      const controller = new AbortController();
      const warnings: Error[] = [];
      const note = (warning: Error): number => warnings.push(warning);
      process.on('warning', note);
      const waiting = Array.from({length: 1000}, () =>
        rejectionOf(locker.acquire(name, {signal: controller.signal})),
      );
      await flush();
      const during = listenersOf(controller.signal);

      controller.abort('enough');
      const reasons = await Promise.all(waiting);
      process.off('warning', note);

      expect(during).to.equal(1);
      expect(new Set(reasons)).to.deep.equal(new Set(['enough']));
      expect(listenersOf(controller.signal)).to.equal(0);
      expect(warnings.map(({name: kind}) => kind)).to.not.include('MaxListenersExceededWarning');
      await lock.release();
    });

    it('for want of time is a LockTimeoutError, in time, and leaves no key', async () => {
      const name = newName();
      const other = new Locker(nodes.connect());
      const lock = await other.acquire(name);
      await nodes.haveAll(keyOf(name), lock.token);

      const errors = await Promise.all([
        rejectionOf(locker.acquire(name, {timeoutMs: 200})),
        rejectionOf(locker.acquire(name, {timeoutMs: 300})),
      ]);

      for (const error of errors) expect(error).to.be.an.instanceOf(LockTimeoutError);
      expect(errors.map((error) => (error as LockTimeoutError).timeoutMs)).to.deep.equal([
        200, 300,
      ]);
      expect(await nodes.get(keyOf(name))).to.deep.equal(nodes.servers.map(() => lock.token));
      await lock.release();
      await other.close();
    });
  });
}
