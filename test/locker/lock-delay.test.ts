import {expect} from 'chai';
import {Locker, type AcquireOptions} from 'holdfast';
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {fileURLToPath} from 'node:url';

import {until} from '../until.js';
import {newName} from './names.js';
import {keyOf} from './nodes.js';
import {layouts, type Topology} from './topologies.js';
import type {Task} from './turns.worker.js';

const worker = fileURLToPath(new URL('turns.worker.js', import.meta.url));

for (const layout of layouts) {
  describe(`a lock with a delay, on ${layout.name},`, () => {
    let topology: Topology;
    let locker: Locker;
    let other: Locker;

    before(async () => {
      topology = await layout.get();
      locker = new Locker(topology.connect());
      other = new Locker(topology.connect());
    });

    after(async () => {
      await locker.close();
      await other.close();
    });

    /** How long the longest-lived of its keys has still to live. */
    async function keyLivesMs(name: string): Promise<number> {
      const lives = await Promise.all(
        // On a Cluster all but one of the masters say that it is not theirs.
        topology.direct.map((redis) => redis.pttl(keyOf(name)).catch(() => -2)),
      );
      return Math.max(...lives);
    }

    it('stays closed for its time to live and the delay after its holder was killed', async () => {
      const name = newName();
      const task: Task = {
        place: topology.place,
        ledger: topology.place.urls[0] ?? '',
        name,
        turns: 0,
        ttlMs: 400,
        lockDelayMs: 900,
        isHanging: true,
      };
      const holder = spawn(process.execPath, [worker, JSON.stringify(task)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await once(holder.stdout, 'data');

      holder.kill('SIGKILL');
      const killedAt = performance.now();
      const next = await other.acquire(name);
      const tookMs = performance.now() - killedAt;
      await next.release();

      // The last heartbeat was up to a third of the time to live ago.
      expect(tookMs).to.be.within(900 + 400 - 400 / 3 - 100, 6000);
    });

    it('is free at once when it is released', async () => {
      const name = newName();
      const lock = await locker.acquire(name, {ttlMs: 2000, lockDelayMs: 60_000});

      const released = await lock.release();
      const next = await other.acquire(name, {timeoutMs: 5000});
      await next.release();

      expect(released).to.equal(true);
    });

    it('is relied upon for no longer than without the delay', async () => {
      const options: AcquireOptions = {ttlMs: 2000, lockDelayMs: 60_000, keepAlive: false};
      const lock = await locker.acquire(newName(), options);

      const {remainingMs} = lock;
      await lock.release();

      expect(remainingMs).to.be.within(1, 2000);
    });

    it('is closed for the delay beyond each extension too', async () => {
      const name = newName();
      const lock = await locker.acquire(name, {
        ttlMs: 1000,
        lockDelayMs: 10_000,
        keepAlive: false,
      });

      await lock.extend(5000);
      const livesMs = await keyLivesMs(name);
      const {remainingMs} = lock;
      await lock.release();

      expect(livesMs).to.be.within(12_000, 15_000);
      expect(remainingMs).to.be.within(1, 5000);
    });

    it('stays closed after it was lost, and is freed by the release of who had lost it', async () => {
      const name = newName();
      const lock = await locker.acquire(name, {
        ttlMs: 300,
        lockDelayMs: 30_000,
        keepAlive: false,
      });

      await until(() => !lock.isHeld);
      const busy = await other.tryAcquire(name);
      await lock.release();
      const next = await other.acquire(name, {timeoutMs: 5000});
      await next.release();

      expect(busy).to.equal(undefined);
    });
  });
}
