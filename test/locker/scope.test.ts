import {expect} from 'chai';
import {Locker, LockLostError, type Lock} from 'holdfast';
import {execFile} from 'node:child_process';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';

import {block} from '../block.js';
import {flush} from '../flush.js';
import {listenersOf} from '../listeners.js';
import {PendingTimers} from '../pending-timers.js';
import {rejectionOf} from '../rejection.js';
import {until} from '../until.js';
import {newName} from './names.js';
import {fenceKeyOf, keyOf, Nodes} from './nodes.js';
import {callsOf} from './stats.js';

const exiting = fileURLToPath(new URL('exiting.worker.js', import.meta.url));

for (const count of [1, 3]) {
  describe(`a critical section, on ${count} node${count > 1 ? 's' : ''},`, () => {
    let nodes: Nodes;
    let locker: Locker;

    before(async () => {
      nodes = await Nodes.start(count);
      locker = new Locker(nodes.connect());
    });

    after(async () => {
      await locker.close();
      await nodes.stop();
    });

    const steal = async (lock: Lock): Promise<void> => {
      const [name = ''] = lock.resources;
      await nodes.haveAll(keyOf(name), lock.token);
      await Promise.all(nodes.direct.map((redis) => redis.set(keyOf(name), 'a thief', 'PX', 5000)));
    };

    it('gives what its work returns, and holds the lock for as long as that takes', async () => {
      const name = newName();

      const result = await locker.using(name, async (lock) => {
        expect(lock.isHeld).to.equal(true);
        expect((await nodes.get(keyOf(name))).includes(lock.token)).to.equal(true);
        return 42;
      });

      expect(result).to.equal(42);
      await until(async () => (await nodes.count(keyOf(name))) === 0, 1000);
    });

    it('takes work that is not asynchronous, and options', async () => {
      const result = await locker.using(newName(), {ttlMs: 500}, ({remainingMs}) => remainingMs);

      expect(result).to.be.within(1, 500);
    });

    it('is released once, by each of the ways in which a scope can end', async () => {
      await locker.using(newName('warm-up'), () => {});
      await settle();
      const before = await Promise.all(nodes.direct.map((redis) => callsOf(redis, 'evalsha')));

      await locker.using(newName(), (lock) => lock.release());
      await rejectionOf(
        locker.using(newName(), async (lock) => {
          await lock.release();
          throw new Error('late');
        }),
      );
      {
        await using lock = await locker.acquire(newName());
        expect(lock.isHeld).to.equal(true);
      }
      {
        await using lock = await locker.acquire(newName());
        await lock.release();
      }
      const lock = await locker.acquire(newName());
      try {
        expect(lock.isHeld).to.equal(true);
      } finally {
        await lock.release();
      }
      await settle();

      for (const [index, redis] of nodes.direct.entries()) {
        const [after = 0] = await callsOf(redis, 'evalsha');
        expect(after - (before[index]?.[0] ?? 0)).to.equal(10);
      }
    });

    /** Waits until every server has done what was sent to it. */
    async function settle(): Promise<void> {
      let last = -1;
      await until(async () => {
        const calls = await Promise.all(nodes.direct.map((redis) => callsOf(redis, 'evalsha')));
        const sum = calls.flat().reduce((total, each) => total + each, 0);
        const isSame = sum === last;
        last = sum;
        return isSame;
      });
    }

    it('throws the error of its work as it is, and releases', async () => {
      const name = newName();
      const mistake = new TypeError('of the work');

      const error = await rejectionOf(locker.using(name, () => Promise.reject(mistake)));

      expect(error).to.equal(mistake);
      await until(async () => (await nodes.count(keyOf(name))) === 0, 1000);
    });

    it('throws the error of its work also when the lock was lost', async () => {
      const mistake = new TypeError('of the work');

      const error = await rejectionOf(
        locker.using(newName(), async (lock) => {
          await steal(lock);
          await rejectionOf(lock.extend());
          throw mistake;
        }),
      );

      expect(error).to.equal(mistake);
    });

    it('reports a lock that was lost, even though its work was done', async () => {
      const noticed = await rejectionOf(
        locker.using(newName(), async (lock) => {
          await steal(lock);
          await rejectionOf(lock.extend());
          return 'done';
        }),
      );
      const unnoticed = await rejectionOf(locker.using(newName(), (lock) => steal(lock)));

      expect(noticed).to.be.an.instanceOf(LockLostError);
      expect(unnoticed).to.be.an.instanceOf(LockLostError);
    });

    it('reports a lost lock at the end of an await using scope', async () => {
      const error = await rejectionOf(
        (async () => {
          await using lock = await locker.acquire(newName());
          await steal(lock);
          await rejectionOf(lock.extend());
        })(),
      );

      expect(error).to.be.an.instanceOf(LockLostError);
    });

    it('aborts its signal while the work goes on, when the lock is lost', async () => {
      let reason: unknown;

      const error = await rejectionOf(
        locker.using(newName(), {ttlMs: 600}, async (lock) => {
          await steal(lock);
          await until(() => lock.signal.aborted);
          ({reason} = lock.signal);
        }),
      );

      expect(reason).to.be.an.instanceOf(LockLostError);
      expect(error).to.equal(reason);
    });

    it('knows in the first line after a frozen event loop that the lock is lost', async () => {
      const lock = await locker.acquire(newName(), {ttlMs: 400});
      const {signal} = lock;
      block(1000);

      const abortedAtOnce = signal.aborted;
      const {isHeld} = lock;

      expect(abortedAtOnce).to.equal(false);
      expect(isHeld).to.equal(false);
      expect(() => lock.assertHeld()).to.throw(LockLostError);
      expect(signal.aborted).to.equal(true);
      expect(await rejectionOf(lock.extend())).to.be.an.instanceOf(LockLostError);
      await lock.release();
    });

    it('has an aborted signal in the first line after a frozen event loop, wherever that is asked for', async () => {
      const lock = await locker.acquire(newName(), {ttlMs: 400});
      block(1000);

      const {signal} = lock;
      const {aborted, reason} = signal;

      expect(aborted).to.equal(true);
      expect(reason).to.be.an.instanceOf(LockLostError);
      await lock.release();
    });

    it('leaves no timer, no listener and no key but the counters', async () => {
      const {signal} = new AbortController();
      const prefix = `${newName()}:`;
      const counters = new Set(
        Array.from({length: 5}, (_, index) => fenceKeyOf(`${prefix}${index}`)),
      );
      using timers = new PendingTimers();

      await Promise.all(
        Array.from({length: 50}, (_, index) =>
          locker.using(`${prefix}${index % 5}`, {signal, timeoutMs: 9000}, () => flush()),
        ),
      );
      await flush();

      expect(listenersOf(signal)).to.equal(0);
      for (const redis of nodes.direct) {
        await until(async () => {
          const keys = await redis.keys(`*${prefix}*`);
          return keys.length > 0 && keys.every((key) => counters.has(key));
        });
      }
      await until(() => timers.count === 0);
    });

    it('lets a process end by itself once its clients are disconnected', async () => {
      const urls = nodes.servers.map(({url}) => url);

      const {stdout} = await promisify(execFile)(process.execPath, [exiting, ...urls], {
        timeout: 8000,
      });

      expect(stdout.trim()).to.equal('done');
    });
  });
}
