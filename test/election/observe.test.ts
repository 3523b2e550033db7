import {expect} from 'chai';
import {LockLostError, Locker, QuorumError} from 'holdfast';
import {LeaderElection, LeadershipEndedError, type Leader, type Term} from 'holdfast/election';
import {setTimeout as delay} from 'node:timers/promises';

import {listenersOf} from '../listeners.js';
import {newName} from '../locker/names.js';
import {keyOf, Nodes} from '../locker/nodes.js';
import {layouts, oneNode, type Topology} from '../locker/topologies.js';
import {ownServersOnly} from '../redis/own-servers-only.js';
import {rejectionOf} from '../rejection.js';
import {until} from '../until.js';

// For one who looks and does not campaign: a question is asked once, and a busy machine may take its time.
const PATIENT = {ttlMs: 60_000, nodeTimeoutMs: 10_000};

/** Leads as long as it may. */
const lead = async ({signal}: Term): Promise<void> => {
  await rejectionOf(delay(60_000, undefined, {signal}));
};

/** Keeps what is observed, until the signal aborts. */
async function observe(
  election: LeaderElection,
  seen: Leader[],
  signal: AbortSignal,
): Promise<void> {
  for await (const leader of election.observe({signal})) seen.push(leader);
}

for (const layout of layouts.slice(0, 2).concat(layouts.slice(-1))) {
  describe(`a leader on ${layout.name}`, function () {
    this.timeout(20_000);

    let topology: Topology;
    let locker: Locker;
    let other: Locker;
    let stop: AbortController;

    before(async () => {
      topology = await layout.get();
    });

    beforeEach(() => {
      locker = new Locker(topology.connect());
      other = new Locker(topology.connect(), PATIENT);
      stop = new AbortController();
    });

    afterEach(async () => {
      stop.abort();
      await Promise.all([locker.close(), other.close()]);
    });

    it('is seen by those who observe from the beginning, and by those who come late', async () => {
      const name = newName();
      const outsider = new LeaderElection(other, name);
      const early: Leader[] = [];
      const late: Leader[] = [];
      const observing = [observe(outsider, early, stop.signal)];
      const before = await outsider.leader();

      const election = new LeaderElection(locker, name, {id: 'web-1', pauseMs: 0});
      const terms: Term[] = [];
      const campaign = election.run(
        async (term) => {
          terms.push(term);
          await lead(term);
        },
        {signal: stop.signal},
      );
      await until(() => early.length === 1);
      observing.push(observe(new LeaderElection(other, name), late, stop.signal));
      await until(() => late.length === 1);
      await terms[0]?.resign();
      await until(() => early.length === 2 && late.length === 2);
      const after = await outsider.leader();
      stop.abort();
      await Promise.all([...observing, campaign]);

      const ids = early.map(({id}) => id);
      expect(before).to.equal(undefined);
      expect(ids).to.deep.equal([election.id, election.id]);
      expect(early.map(({fence}) => fence)).to.deep.equal(terms.map(({fence}) => fence));
      expect(late).to.deep.equal(early);
      expect(after).to.deep.equal(early[1]);
      expect(early[0]?.since?.getTime()).to.be.closeTo(Date.now(), 60_000);
    });

    it('proclaims a value that everybody can read and observe, as long as it leads', async () => {
      const name = newName();
      const outsider = new LeaderElection(other, name);
      const seen: Leader[] = [];
      const observing = observe(outsider, seen, stop.signal);
      const end = new AbortController();
      const leading = new LeaderElection(locker, name).run(
        async (term) => {
          await term.proclaim('10.0.0.7:80');
          await lead(term);
        },
        {signal: end.signal},
      );
      await until(() => seen.at(-1)?.value === '10.0.0.7:80');
      const during = await outsider.leader();

      end.abort();
      await leading;

      expect(during?.value).to.equal('10.0.0.7:80');
      expect(new Set(seen.map(({fence}) => fence)).size).to.equal(1);
      expect(await outsider.leader()).to.equal(undefined);
      stop.abort();
      await observing;
    });

    it('is a new one after a restart under the same id, to itself and to others', async () => {
      const name = newName();
      const seen: Leader[] = [];
      const observing = observe(new LeaderElection(other, name), seen, stop.signal);
      for (let restart = 0; restart < 2; restart += 1) {
        const end = new AbortController();
        const election = new LeaderElection(locker, name, {id: 'web-1'});
        const campaign = election.run(lead, {signal: end.signal});
        await until(() => seen.length === restart + 1);
        end.abort();
        await campaign;
      }
      stop.abort();
      await observing;

      for (const {id} of seen) expect(id).to.match(/^web-1#/);
      expect(new Set(seen.map(({id}) => id)).size).to.equal(2);
    });
  });
}

describe('who leads', function () {
  this.timeout(20_000);

  it('is nobody of the election when a client of another library holds the name', async () => {
    const topology = await oneNode.get();
    await using locker = new Locker(topology.connect(), PATIENT);
    const name = newName();
    await topology.direct[0]?.set(keyOf(name), 'somebody else', 'PX', 60_000);

    expect(await new LeaderElection(locker, name).leader()).to.equal(undefined);
  });

  it('is known by the token where a locker does not say who holds its locks', async () => {
    const topology = await oneNode.get();
    await using locker = new Locker(topology.connect(), {...PATIENT, metadata: false});
    const name = newName();
    await using lock = await locker.acquire(name);

    const leader = await new LeaderElection(locker, name).leader();

    expect(leader).to.deep.equal({id: lock.token, fence: lock.fence});
  });

  it('stops being observed without a word, a timer or a listener', async () => {
    const topology = await oneNode.get();
    await using locker = new Locker(topology.connect(), PATIENT);
    const stop = new AbortController();
    const observing = observe(new LeaderElection(locker, newName()), [], stop.signal);
    await until(() => listenersOf(stop.signal) > 0);

    stop.abort(new Error('shutting down'));
    await observing;

    expect(listenersOf(stop.signal)).to.equal(0);
  });

  it('cannot be proclaimed by one who has lost the leadership', async () => {
    const topology = await oneNode.get();
    await using locker = new Locker(topology.connect());
    const name = newName();
    let error: unknown;
    const stop = new AbortController();

    await new LeaderElection(locker, name).run(
      async (term) => {
        await topology.direct[0]?.set(keyOf(name), 'somebody else', 'PX', 60_000);
        error = await rejectionOf(term.proclaim('mine'));
        stop.abort();
      },
      {signal: stop.signal},
    );

    expect(error).to.be.instanceOf(LeadershipEndedError).with.property('ending', 'lost');
    expect((error as Error).cause).to.be.instanceOf(LockLostError);
  });

  describe('over a network that fails', () => {
    before(ownServersOnly);

    it('is an error while too few nodes answer, and never nobody', async () => {
      await using nodes = await Nodes.start(3);
      await using locker = new Locker(nodes.connectThroughProxies(), {nodeTimeoutMs: 1000});
      const election = new LeaderElection(locker, newName());
      let before: Leader | undefined | 'unknown' = 'unknown';
      await until(async () => {
        before = await election.leader();
        return true;
      }, 10_000);

      nodes.proxy(0).hold();
      nodes.proxy(1).hold();
      const errors = [
        await rejectionOf(election.leader()),
        await rejectionOf(election.observe().next()),
      ];
      nodes.heal();

      expect(before).to.equal(undefined);
      for (const error of errors) expect(error).to.be.instanceOf(QuorumError);
    });
  });
});
