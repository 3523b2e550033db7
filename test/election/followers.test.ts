import {expect} from 'chai';
import {Locker} from 'holdfast';
import {LeaderElection, type Term} from 'holdfast/election';
import type {Cluster, Redis} from 'ioredis';
import {setTimeout as delay} from 'node:timers/promises';

import {newName} from '../locker/names.js';
import {layouts} from '../locker/topologies.js';
import {rejectionOf} from '../rejection.js';
import {until} from '../until.js';

const FOLLOWERS = 10;

type Send = Redis['sendCommand'];

/** How many commands these clients send from now on. */
function countCommands(clients: readonly (Redis | Cluster)[]): {count: number} {
  const counted = {count: 0};
  for (const client of clients) {
    const send: Send = client.sendCommand.bind(client);
    const sendCommand: Send = (...args) => {
      counted.count += 1;
      return send(...args);
    };
    Object.assign(client, {sendCommand});
  }
  return counted;
}

for (const layout of layouts.slice(0, 2)) {
  describe(`ten followers on ${layout.name}`, function () {
    this.timeout(40_000);

    it('send nothing while a healthy leader holds, for longer than its lease', async () => {
      const topology = await layout.get();
      const name = newName();
      const ttlMs = 3000;
      const stop = new AbortController();
      const leaders: Term[] = [];
      const campaigns: Promise<void>[] = [];
      const lockers: Locker[] = [];
      const lead = async (term: Term): Promise<void> => {
        leaders.push(term);
        await rejectionOf(delay(60_000, undefined, {signal: term.signal}));
      };
      const campaign = (): (Redis | Cluster)[] => {
        const clients = topology.connect();
        const locker = new Locker(clients);
        lockers.push(locker);
        const election = new LeaderElection(locker, name, {ttlMs});
        campaigns.push(election.run(lead, {signal: stop.signal}));
        return clients;
      };
      campaign();
      await until(() => leaders.length === 1, 15_000);
      const sent = countCommands(Array.from({length: FOLLOWERS}, campaign).flat());

      // All have asked, and found out that they have to wait.
      let [before, quietAt] = [0, performance.now()];
      await until(() => {
        if (sent.count !== before) [before, quietAt] = [sent.count, performance.now()];
        return before >= FOLLOWERS && performance.now() - quietAt > 1000;
      }, 15_000);
      await until(() => performance.now() - quietAt > 1.6 * ttlMs, 15_000);
      const during = sent.count - before;
      stop.abort();
      await Promise.all(campaigns);
      await Promise.all(lockers.map((locker) => locker.close()));

      expect(leaders).to.have.lengthOf(1);
      expect(during).to.equal(0);
    });
  });
}
