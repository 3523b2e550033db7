import {acquire, batch, extend, raise, release} from '#internal/redis/scripts.generated.js';
import {expect} from 'chai';
import {Locker} from 'holdfast';

import {until} from '../until.js';
import {newName} from './names.js';
import {layouts, type Topology} from './topologies.js';
import {callsOf} from './stats.js';

for (const layout of layouts) {
  const title = layout.name;
  describe(`the number of commands, on ${title},`, () => {
    let topology: Topology;
    let locker: Locker;
    /** How many nodes a locker sees: a Cluster is one. */
    let nodes: number;

    before(async () => {
      topology = await layout.get();
      locker = new Locker(topology.connect());
      nodes = topology.place.kind === 'cluster' ? 1 : topology.direct.length;
      for (const redis of topology.direct) {
        for (const {text} of [acquire, batch, extend, raise, release]) {
          await redis.script('LOAD', text);
        }
      }
      await locker.using(newName('warm-up'), () => {});
    });

    after(async () => {
      await locker.close();
    });

    /** How many script calls all servers together have run, once no more are coming. */
    async function allCalls(): Promise<number> {
      let calls = -1;
      await until(async () => {
        const each = await Promise.all(
          topology.direct.map((redis) => callsOf(redis, 'evalsha', 'eval')),
        );
        const sum = each.flat().reduce((total, count) => total + count, 0);
        const isSame = sum === calls;
        calls = sum;
        return isSame;
      });
      return calls;
    }

    async function costOfTen(): Promise<number> {
      const before = await allCalls();
      for (let turn = 0; turn < 10; turn += 1) await locker.using(newName(), () => {});
      return (await allCalls()) - before;
    }

    it('is two for each node and section that nobody contends for', async () => {
      // A new counter starts from the clock, in steps. Nodes that are asked on both sides of a step are made to agree.
      const costs = [await costOfTen(), await costOfTen(), await costOfTen(), await costOfTen()];

      expect(Math.min(...costs)).to.equal(2 * nodes * 10);
      for (const each of costs) expect(each).to.be.at.most(2 * nodes * 10 + nodes * 3);
    });

    it('does not grow with those who wait in this process: one of them asks', async () => {
      const name = newName();
      const before = await allCalls();

      await Promise.all(
        Array.from({length: 20}, () => locker.using(name, () => Promise.resolve())),
      );

      expect((await allCalls()) - before).to.be.at.most(2 * nodes * 20);
    });

    it('is one for each section of those who stand in line here, with a token and a larger fence for each', async () => {
      const name = newName();
      const sections = 50;
      const tokens = new Set<string>();
      const fences: number[] = [];
      const before = await allCalls();

      await Promise.all(
        Array.from({length: sections}, () =>
          locker.using(name, ({token, fence}) => {
            tokens.add(token);
            fences.push(fence);
          }),
        ),
      );

      // On a Cluster others may listen at another server, so that a run is broken now and then.
      expect((await allCalls()) - before).to.be.at.most(1.3 * nodes * sections);
      expect(tokens.size).to.equal(sections);
      expect(fences).to.deep.equal(fences.toSorted((a, b) => a - b));
      expect(new Set(fences).size).to.equal(sections);
    });

    it('is none for those who wait here while a lock is held here', async () => {
      const name = newName();
      const lock = await locker.acquire(name);
      const before = await allCalls();
      const waiting = Array.from({length: 50}, () => locker.using(name, () => {}));
      const start = performance.now();

      await until(() => performance.now() - start > 300);
      const during = (await allCalls()) - before;
      await lock.release();
      await Promise.all(waiting);

      expect(during).to.equal(0);
    });

    it('is small for one who waits for another process to release', async () => {
      const name = newName();
      const other = new Locker(topology.connect());
      const lock = await other.acquire(name);
      const before = await allCalls();
      const waiting = locker.using(name, () => {});
      const start = performance.now();

      await until(() => performance.now() - start > 600);
      const during = (await allCalls()) - before;
      await lock.release();
      await waiting;

      // The first attempt, one more after listening for the release, and what these undo.
      expect(during).to.be.at.most(8 * nodes);
      await other.close();
    });
  });
}
