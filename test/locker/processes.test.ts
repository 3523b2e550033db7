import {expect} from 'chai';
import {Locker} from 'holdfast';
import {spawn, type ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {fileURLToPath} from 'node:url';

import {until} from '../until.js';
import {newName} from './names.js';
import {at} from './nodes.js';
import {layouts, oneNode, type Topology} from './topologies.js';
import type {Task} from './turns.worker.js';

const worker = fileURLToPath(new URL('turns.worker.js', import.meta.url));
const run = (task: Task): ChildProcess =>
  spawn(process.execPath, [worker, JSON.stringify(task)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });

const processes = 3;
const turns = 12;

for (const layout of layouts) {
  const title = layout.name;
  describe(`several processes, on ${title},`, () => {
    let topology: Topology;

    before(async () => {
      topology = await layout.get();
    });

    it('never overlap, and are numbered in the order in which they take turns', async function () {
      this.timeout(50_000);
      const name = newName();
      // On a Cluster the ledger's keys need a master of their own choice: a server apart has them all.
      const apart = await oneNode.get();
      const [ledger = ''] = apart.place.urls;
      const task: Task = {place: topology.place, ledger, name, turns};

      const exits = await Promise.all(
        Array.from({length: processes}, () => once(run(task), 'exit')),
      );

      const book = at(apart.direct, 0);
      const fences = (await book.lrange(`fences:${name}`, 0, -1)).map(Number);
      expect(exits.map(([code]) => code as unknown)).to.deep.equal([0, 0, 0]);
      expect(await book.get(`count:${name}`)).to.equal(String(processes * 2 * turns));
      expect(await book.get(`overlaps:${name}`)).to.equal(null);
      expect(fences).to.have.lengthOf(processes * 2 * turns);
      expect(fences).to.deep.equal(fences.toSorted((a, b) => a - b));
      expect(new Set(fences).size).to.equal(fences.length);
    });

    it('take over soon after the time to live from one that was killed', async () => {
      const name = newName();
      const [ledger = ''] = topology.place.urls;
      const holder = run({place: topology.place, ledger, name, turns: 0, isHanging: true});
      let output = '';
      holder.stdout?.on('data', (text: Buffer) => (output += text.toString()));
      await until(() => output.endsWith('\n'));
      await using locker = new Locker(topology.connect());
      const busy = await locker.tryAcquire(name);

      holder.kill('SIGKILL');
      const killedAt = performance.now();
      const lock = await locker.acquire(name);
      const tookMs = performance.now() - killedAt;

      expect(busy).to.equal(undefined);
      expect(tookMs).to.be.within(100, 5000);
      expect(lock.fence).to.be.above(Number(output));
    });
  });
}
