import {expect} from 'chai';
import {LockLostError} from 'holdfast';
import {LeadershipEndedError, type LeaderElection, type Term} from 'holdfast/election';
import {setTimeout as realDelay} from 'node:timers/promises';

import {Deferred} from '../deferred.js';
import {flush} from '../flush.js';
import {listenersOf} from '../listeners.js';
import {PendingTimers} from '../pending-timers.js';
import {rejectionOf} from '../rejection.js';
import {Stage} from './stage.js';

/** Leads until the test says that the callback has returned, and records that. */
class Callback {
  readonly terms: Term[] = [];
  #end: Deferred<void> | undefined;

  constructor(readonly log: string[]) {}

  readonly lead = async (term: Term): Promise<void> => {
    this.terms.push(term);
    this.log.push(`leads ${term.fence}`);
    term.signal.addEventListener('abort', () => {
      const {ending} = term.signal.reason as LeadershipEndedError;
      this.log.push(`told: ${ending}${term.isLeader ? ', still the leader' : ''}`);
    });
    this.#end = new Deferred();
    try {
      await this.#end.promise;
    } finally {
      this.log.push('returns');
    }
  };

  get term(): Term {
    const term = this.terms.at(-1);
    if (term === undefined) throw new Error('has not led yet');
    return term;
  }

  async returns(): Promise<void> {
    this.#end?.resolve();
    await flush();
  }

  async throws(error: unknown): Promise<void> {
    this.#end?.reject(error);
    await flush();
  }
}

/** What happens in a term whose callback is done at once. */
const shortTerm = (fence: number): readonly string[] => [
  'campaigns',
  'elected',
  `leads ${fence}`,
  'released',
];

describe('the states of a candidate', () => {
  let stage: Stage;
  let callback: Callback;
  let stop: AbortController;

  beforeEach(() => {
    stage = new Stage();
    callback = new Callback(stage.log);
    stop = new AbortController();
  });

  afterEach(() => {
    stage[Symbol.dispose]();
  });

  /** Starts a campaign. Resolves to what becomes of it, once that has begun. */
  async function start(election: LeaderElection): Promise<{readonly over: Promise<unknown>}> {
    const over = rejectionOf(election.run(callback.lead, {signal: stop.signal}));
    await flush();
    return {over};
  }

  const WON = ['campaigns', 'elected', 'leads 1'];

  describe('while it leads', () => {
    it('returns: is told so, gives the leadership up, pauses, and campaigns again', async () => {
      await start(stage.candidate({pauseMs: 100}));
      await stage.elect();

      await callback.returns();
      await stage.pass(99);
      const paused = [...stage.log];
      await stage.pass(1);

      const expected = [...WON, 'returns', 'told: finished, still the leader', 'released'];
      expect(paused).to.deep.equal(expected);
      expect(stage.log).to.deep.equal([...expected, 'campaigns']);
    });

    it('campaigns again only when its release is done', async () => {
      await start(stage.candidate({pauseMs: 0}));
      const staged = await stage.elect();
      const release = new Deferred<void>();
      staged.releasing = release.promise;

      await callback.returns();
      await stage.pass(50);
      const before = stage.log.at(-1);
      release.resolve();
      await stage.pass(2);

      expect(before).to.equal('told: finished, still the leader');
      expect(stage.log.slice(-2)).to.deep.equal(['released', 'campaigns']);
    });

    it('resigns: is told, returns, and only then gives the leadership up', async () => {
      await start(stage.candidate());
      await stage.elect();

      const resigned = callback.term.resign().then(() => stage.log.push('has resigned'));
      await stage.pass(500);
      const before = [...stage.log];
      await callback.returns();
      await resigned;

      expect(before).to.deep.equal([...WON, 'told: resigned, still the leader']);
      expect(stage.log).to.deep.equal([...before, 'returns', 'released', 'has resigned']);
      expect(callback.term.isLeader).to.equal(false);
      expect(() => callback.term.assertLeader()).to.throw(LeadershipEndedError, 'it resigned');
    });

    it('resigns and does not return: gives the leadership up after the grace time, and campaigns no more until it returns', async () => {
      await start(stage.candidate({resignGraceMs: 300, pauseMs: 0}));
      const {lock} = await stage.elect();

      const resigned = callback.term.resign().then(() => stage.log.push('has resigned'));
      await lock.extend();
      await stage.pass(299);
      const before = [...stage.log];
      await stage.pass(1);
      await resigned;
      await stage.pass(5000);
      const after = [...stage.log];
      await callback.returns();
      await stage.pass(1);

      expect(before).to.deep.equal([...WON, 'told: resigned, still the leader']);
      expect(after).to.deep.equal([...before, 'released', 'has resigned']);
      expect(stage.log).to.deep.equal([...after, 'returns', 'campaigns']);
    });

    it('is never waited for in vain by resign, which may be called twice and too late', async () => {
      await start(stage.candidate());
      await stage.elect();
      const {term} = callback;

      const first = term.resign();
      const second = term.resign();
      await callback.returns();
      await Promise.all([first, second, term.resign()]);

      expect(stage.log.filter((event) => event === 'released')).to.have.lengthOf(1);
    });

    it('loses the leadership: is told at once, and campaigns no more until it has returned', async () => {
      await start(stage.candidate({pauseMs: 0}));
      const {lock} = await stage.elect();

      lock.lose('the nodes say that it is not ours');
      await stage.pass(5000);
      const during = [...stage.log];
      await callback.returns();
      await stage.pass(1);
      await stage.elect();

      expect(during).to.deep.equal([...WON, 'told: lost']);
      expect(stage.log).to.deep.equal([
        ...during,
        'returns',
        'released',
        'campaigns',
        'elected',
        'leads 2',
      ]);
      expect(callback.terms[0]?.signal.reason.cause).to.be.instanceOf(LockLostError);
    });

    it('knows in the first line after a pause that it does not lead, before any timer', async () => {
      await start(stage.candidate());
      await stage.elect();
      const {term} = callback;

      stage.nowMs += 5000;

      expect(term.signal.aborted).to.equal(false);
      expect(term.isLeader).to.equal(false);
      expect(term.signal.aborted).to.equal(true);
      expect(term.remainingMs).to.equal(0);
      expect(() => term.assertLeader()).to.throw(LeadershipEndedError, 'lost');
      await callback.returns();
    });

    it('proclaims something and learns that it has lost the leadership', async () => {
      await start(stage.candidate());
      const staged = await stage.elect();
      staged.announced = 'denied';
      const {term} = callback;

      const first = await rejectionOf(term.proclaim('10.0.0.7'));
      const second = await rejectionOf(term.proclaim('10.0.0.7'));

      expect(first).to.be.instanceOf(LeadershipEndedError).and.equal(term.signal.reason);
      expect(second).to.equal(first);
      await callback.returns();
    });

    it('is told a head start before the end when nothing is confirmed, and may return as the leader', async () => {
      await start(stage.candidate({headStartMs: 400}));
      const {lock} = await stage.elect();

      await stage.pass(500);
      await lock.extend();
      await stage.pass(599);
      const before = [...stage.log];
      await stage.pass(1);

      expect(before).to.deep.equal(WON);
      expect(stage.log).to.deep.equal([...WON, 'told: unconfirmed, still the leader']);
      expect(callback.term.remainingMs).to.equal(400);
      await callback.returns();
    });

    it('is stopped: is told, returns, gives the leadership up, and the campaign is over', async () => {
      const {over} = await start(stage.candidate());
      await stage.elect();
      const reason = new Error('shutting down');

      stop.abort(reason);
      await flush();
      const before = [...stage.log];
      await callback.returns();
      await over;

      expect(before).to.deep.equal([...WON, 'told: stopped, still the leader']);
      expect(stage.log).to.deep.equal([...before, 'returns', 'released']);
      expect(callback.term.signal.reason.cause).to.equal(reason);
    });
  });

  describe('while it campaigns', () => {
    it('is stopped: leaves, and has never led', async () => {
      const {over} = await start(stage.candidate());

      stop.abort();
      await over;

      expect(stage.log).to.deep.equal(['campaigns', 'leaves']);
    });

    it('meets an error for which there is no help: rejects with it', async () => {
      const {over} = await start(stage.candidate());
      const error = new Error('WRONGTYPE');

      await stage.refuse(error);

      expect(await over).to.equal(error);
      expect(listenersOf(stop.signal)).to.equal(0);
    });

    it('does not campaign when it was stopped before', async () => {
      stop.abort();

      await stage.candidate().run(callback.lead, {signal: stop.signal});

      expect(stage.log).to.deep.equal([]);
    });
  });

  describe('with an error of the callback', () => {
    it('gives the leadership up, ends the campaign, and rejects with that error', async () => {
      const {over} = await start(stage.candidate());
      await stage.elect();
      const error = new Error('mine');

      await callback.throws(error);

      expect(await over).to.equal(error);
      expect(stage.log).to.deep.equal([
        ...WON,
        'returns',
        'told: finished, still the leader',
        'released',
      ]);
    });

    it('rejects with that error also when the leadership was lost before', async () => {
      const {over} = await start(stage.candidate());
      const {lock} = await stage.elect();
      const error = new Error('mine');

      lock.lose('its time ran out');
      await callback.throws(error);

      expect(await over).to.equal(error);
    });

    const ends: readonly (readonly [string, (term: Term) => unknown])[] = [
      ['is the reason of the signal', ({signal}) => signal.reason],
      ['is an AbortError', () => new DOMException('aborted', 'AbortError')],
      [
        'has the reason as its cause',
        ({signal}) => new Error('cannot write', {cause: signal.reason}),
      ],
    ];
    for (const [title, errorOf] of ends) {
      it(`campaigns on when the leadership was lost and the error ${title}`, async () => {
        await start(stage.candidate({pauseMs: 0}));
        const {lock} = await stage.elect();

        lock.lose('its time ran out');
        await callback.throws(errorOf(callback.term));
        await stage.pass(1);

        expect(stage.log.at(-1)).to.equal('campaigns');
      });
    }

    it('takes an AbortError for an error of its own while the term lasts', async () => {
      const {over} = await start(stage.candidate());
      await stage.elect();
      const error = new DOMException('aborted', 'AbortError');

      await callback.throws(error);

      expect(await over).to.equal(error);
    });
  });

  describe('with a health check', () => {
    let answer: () => boolean | Promise<boolean>;
    let asked: AbortSignal[];

    beforeEach(() => {
      answer = () => true;
      asked = [];
    });

    const patient = (): LeaderElection =>
      stage.candidate({
        isHealthy: (signal) => {
          asked.push(signal);
          return answer();
        },
        healthEveryMs: 100,
        healthTimeoutMs: 50,
        pauseMs: 0,
        resignGraceMs: Infinity,
      });

    const sick: readonly (readonly [string, () => boolean | Promise<boolean>, number])[] = [
      ['says no', () => false, 100],
      ['rejects', () => Promise.reject(new Error('ill')), 100],
      [
        'throws',
        () => {
          throw new Error('ill');
        },
        100,
      ],
      ['hangs', () => new Promise<boolean>(() => {}), 150],
    ];
    for (const [title, sickness, noticedMs] of sick) {
      it(`resigns when it ${title}, and campaigns again only when it is well`, async () => {
        await start(patient());
        await stage.elect();
        answer = sickness;

        await stage.pass(noticedMs - 1);
        const before = [...stage.log];
        await stage.pass(1);
        const told = [...stage.log];
        await callback.returns();
        await stage.pass(300);
        const ill = [...stage.log];
        answer = () => true;
        await stage.pass(150);

        expect(before).to.deep.equal(WON);
        expect(told).to.deep.equal([...WON, 'told: unhealthy, still the leader']);
        expect(ill).to.deep.equal([...told, 'returns', 'released']);
        expect(stage.log).to.deep.equal([...ill, 'campaigns']);
      });
    }

    it('tells why it resigned', async () => {
      await start(patient());
      await stage.elect();
      const cause = new Error('no disk');
      answer = () => Promise.reject(cause);

      await stage.pass(100);
      const told: unknown = callback.term.signal.reason;
      await callback.returns();

      expect(told).to.have.property('cause', cause);
      expect(told)
        .to.have.property('message')
        .that.equals('The leadership of "x" ended: it is not healthy (no disk)');
    });

    it('tells the check when its answer is not waited for any more', async () => {
      answer = () => new Promise<boolean>(() => {});
      await start(patient());

      await stage.pass(49);
      const before = asked.map(({aborted}) => aborted);
      await stage.pass(1);

      expect(before).to.deep.equal([false]);
      expect(asked[0]?.aborted).to.equal(true);
    });

    it('does not begin to campaign before it is well', async () => {
      answer = () => false;
      await start(patient());
      await stage.pass(250);
      const before = [...stage.log];
      answer = () => true;
      await stage.pass(50);

      expect(before).to.deep.equal([]);
      expect(stage.log).to.deep.equal(['campaigns']);
    });

    it('leaves the campaign while it is not well', async () => {
      await start(patient());
      answer = () => false;
      await stage.pass(250);
      const before = [...stage.log];
      answer = () => true;
      await stage.pass(100);

      expect(before).to.deep.equal(['campaigns', 'leaves']);
      expect(stage.log).to.deep.equal(['campaigns', 'leaves', 'campaigns']);
    });

    it('leaves no listener with each question', async () => {
      await start(patient());
      const staged = await stage.elect();
      const before = listenersOf(callback.term.signal);
      for (let turn = 0; turn < 10; turn += 1) {
        await stage.pass(100);
        await staged.lock.extend();
      }

      expect(asked).to.have.lengthOf(11);
      expect(listenersOf(callback.term.signal)).to.equal(before);
      await callback.returns();
    });

    it('asks no more once it is stopped', async () => {
      const {over} = await start(patient());
      await stage.elect();
      stop.abort();
      await callback.returns();
      await over;
      const {length} = asked;

      await stage.pass(1000);

      expect(asked).to.have.lengthOf(length);
    });
  });

  describe('as a loop', () => {
    it('gives the leadership up when the body is done, when it breaks, and when it throws', async () => {
      const election = stage.candidate({pauseMs: 0});
      const thrown = new Error('mine');
      const loop = async (): Promise<void> => {
        for await (const term of election.terms({signal: stop.signal})) {
          stage.log.push(`leads ${term.fence}`);
          if (term.fence === 2) break;
        }
        stage.log.push('broke');
        for await (const term of election.terms({signal: stop.signal})) {
          stage.log.push(`leads ${term.fence}`);
          throw thrown;
        }
      };
      const looping = rejectionOf(loop());
      for (let turn = 0; turn < 3; turn += 1) {
        await stage.pass(1);
        await stage.elect();
      }

      expect(await looping).to.equal(thrown);
      expect(stage.log).to.deep.equal([...shortTerm(1), ...shortTerm(2), 'broke', ...shortTerm(3)]);
    });

    it('ends when the campaign is stopped, and says nothing about that', async () => {
      const terms = stage.candidate().terms({signal: stop.signal});
      const next = terms.next();
      await flush();

      stop.abort(new Error('shutting down'));

      expect(await next).to.deep.equal({done: true, value: undefined});
    });

    it('refuses a second campaign of one candidate while the first one lasts', async () => {
      const election = stage.candidate();
      const first = election.terms({signal: stop.signal});
      const next = first.next();

      const refused = await rejectionOf(election.terms().next());
      stop.abort();
      await next;
      const again = election.terms();
      const term = again.next();
      await flush();
      await stage.elect();

      expect(refused).to.be.instanceOf(TypeError);
      expect((await term).value?.fence).to.equal(1);
      await again.return(undefined);
    });
  });

  it('leaves no timer and no listener when a campaign is over', async () => {
    stage[Symbol.dispose]();
    const timers = new PendingTimers();
    const election = stage.candidate({isHealthy: () => true, healthEveryMs: 60_000});
    const running = election.run(callback.lead, {signal: stop.signal});
    await realDelay(1);
    await stage.elect();
    stop.abort();
    await callback.returns();
    await running;

    expect(timers.count).to.equal(0);
    expect(listenersOf(stop.signal)).to.equal(0);
    timers[Symbol.dispose]();
  });

  it('puts one listener on a signal, however many campaigns it ends', async () => {
    const elections = Array.from({length: 12}, () => stage.candidate());

    const campaigns = elections.map((each) => each.run(callback.lead, {signal: stop.signal}));
    await flush();
    const listeners = listenersOf(stop.signal);
    stop.abort();
    await Promise.all(campaigns);

    expect(listeners).to.equal(1);
    expect(stage.log.filter((event) => event === 'leaves')).to.have.lengthOf(12);
  });

  it('is another candidate each time, under the same id', () => {
    const ids = [1, 2].map(() => stage.candidate({id: 'web-1'}).id);

    for (const id of ids) expect(id).to.match(/^web-1#[0-9a-f]{8}$/);
    expect(new Set(ids).size).to.equal(2);
  });
});
