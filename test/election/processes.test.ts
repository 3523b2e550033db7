import {expect} from 'chai';
import type {Redis} from 'ioredis';

import {listenersOn} from '../locker/listeners.js';
import {newName} from '../locker/names.js';
import {at} from '../locker/nodes.js';
import {layouts, type Topology} from '../locker/topologies.js';
import {until} from '../until.js';
import {CandidateProcess} from './candidates.js';

// The lease is over sooner where a node counts time differently; and a machine may be busy.
const SLACK_MS = 5000;

for (const layout of layouts.slice(0, 2)) {
  describe(`candidates in several processes, on ${layout.name},`, function () {
    this.timeout(50_000);

    const ttlMs = 1000;
    let topology: Topology;
    let book: Redis;
    let name: string;
    let candidates: CandidateProcess[];

    before(async () => {
      topology = await layout.get();
      book = at(topology.direct, 0);
    });

    beforeEach(() => {
      name = newName();
      candidates = [];
    });

    afterEach(() => {
      for (const candidate of candidates) candidate.end();
    });

    function start(options: {readonly ttlMs?: number} = {}): CandidateProcess {
      const {place} = topology;
      const [ledger = ''] = place.urls;
      const candidate = new CandidateProcess({place, ledger, name, ttlMs, ...options});
      candidates.push(candidate);
      return candidate;
    }

    /** A leader and two followers that wait for it. */
    async function startThree(options?: {readonly ttlMs?: number}): Promise<{
      leader: CandidateProcess;
      followers: readonly CandidateProcess[];
    }> {
      const leader = start(options);
      await until(() => leader.terms.length === 1, 15_000);
      const followers = [start(options), start(options)];
      // Those who listen wait.
      await until(async () => (await listenersOn([book], name))[0] === 2, 15_000);
      return {leader, followers};
    }

    /**
     * Each term has written with a larger number than those before, and nobody wrote after the next one began. A process
     * that was stopped may have done so between its check and its write, which is then refused.
     */
    async function expectNoOverlap(wasStopped = false): Promise<void> {
      const fences = (await book.lrange(`fences:${name}`, 0, -1)).map(Number);
      expect(fences).to.deep.equal(fences.toSorted((a, b) => a - b));
      expect(new Set(fences).size).to.equal(fences.length);
      expect(await book.llen(`stale:${name}`)).to.be.at.most(wasStopped ? 1 : 0);
    }

    it('replace a leader that was killed within its lease and a beat', async () => {
      const {leader, followers} = await startThree();

      leader.end();
      const killedAt = performance.now();
      await until(() => termsOf(followers).length === 1, 15_000);
      const tookMs = performance.now() - killedAt;

      expect(tookMs).to.be.below(ttlMs + ttlMs / 3 + SLACK_MS);
      expect(Math.min(...termsOf(followers))).to.be.above(Math.max(...leader.terms));
      await expectNoOverlap();
    });

    it('replace one that is stopped for longer than its lease, which knows that in its first line', async () => {
      const {leader, followers} = await startThree();
      const [fence] = leader.terms;

      leader.child.kill('SIGSTOP');
      await until(() => termsOf(followers).length === 1, 15_000);
      await until(async () => (await book.llen(`fences:${name}`)) === 2);
      leader.child.kill('SIGCONT');
      await until(() => leader.said.includes(`checked ${fence} lost`));

      expect(leader.said).to.include(`told ${fence} lost`);
      await expectNoOverlap(true);
    });

    it('replace one that resigns long before its lease would end, and after its callback', async () => {
      const {leader, followers} = await startThree({ttlMs: 60_000});
      const [fence] = leader.terms;

      leader.child.kill('SIGUSR2');
      await until(() => termsOf(candidates).length === 2, 15_000);
      await until(() => leader.said.includes('has resigned'));

      const end = [`told ${fence} resigned`, `checked ${fence} leads`, 'has resigned'];
      expect(leader.said.filter((line) => end.includes(line))).to.deep.equal(end);
      expect(Math.max(...termsOf(candidates))).to.be.above(Number(fence));
      expect(termsOf(followers)).to.have.lengthOf(1);
      await expectNoOverlap();
    });
  });
}

const termsOf = (some: readonly CandidateProcess[]): readonly number[] =>
  some.flatMap(({terms}) => terms);
