import {Line, type Entry, type LineKeeper} from '#internal/waiting/line.js';
import type {Miss} from '#internal/waiting/attempt.js';
import {WakeUps} from '#internal/waiting/wake-ups.js';
import {expect} from 'chai';
import {QuorumError} from 'holdfast';
import {VirtualClock} from 'holdfast/testing';

import {Deferred} from '../deferred.js';
import {listenersOf} from '../listeners.js';
import {rejectionOf} from '../rejection.js';
import {Teller} from './teller.js';

interface Place {
  readonly token: string;
}

type Seen = {holder: string; waitMs: number; isKnown: boolean} | undefined;

const ATTEND_MS = 300;

/** What is asked of Redis, answered when the test says so. */
class Keeper implements LineKeeper<Place, string> {
  readonly attendMs = ATTEND_MS;
  /** Who asked for the lock, after how many failures. */
  readonly entered: string[] = [];
  /** Who was attended to. */
  readonly attended: string[] = [];
  readonly left: string[] = [];
  readonly accepted: (readonly [string, number, number])[] = [];
  /** Whether enough is left of what is given. */
  isEnough = true;
  readonly #entries = new Map<string, Deferred<Entry<string>>>();
  #seen: Deferred<Seen> | undefined;

  enter({token}: Place, failures: number): Promise<Entry<string>> {
    this.entered.push(failures === 0 ? token : `${token} after ${failures}`);
    const entry = new Deferred<Entry<string>>();
    this.#entries.set(token, entry);
    return entry.promise;
  }

  attend({token}: Place): Promise<Seen> {
    this.attended.push(token);
    this.#seen = new Deferred();
    return this.#seen.promise;
  }

  accept({token}: Place, fence: number, sentAt: number): string | undefined {
    this.accepted.push([token, fence, sentAt]);
    return this.isEnough ? `${token} with ${fence}` : undefined;
  }

  leave({token}: Place): Promise<void> {
    this.left.push(token);
    return Promise.resolve();
  }

  /** Answers the last time that it asked. */
  answer(token: string, entry: Entry<string>): void {
    this.#entries.get(token)?.resolve(entry);
  }

  see(seen: Seen): void {
    this.#seen?.resolve(seen);
  }
}

const inLine = (waitMs = 10_000, isKnown = true): Entry<string> => ({
  kind: 'busy',
  waits: [waitMs],
  isKnown,
});
const failed = (isHopeless = false): Entry<string> & {readonly kind: 'failed'} => ({
  kind: 'failed',
  error: new QuorumError(['a'], 'No quorum for the lock', []),
  isHopeless,
});
const stands = {holder: 'of another', waitMs: 10_000, isKnown: true};

/** One who stands in line, as seen from outside. */
class Caller {
  readonly controller = new AbortController();
  readonly misses: Miss[] = [];
  readonly outcome: Promise<string>;
  value: string | undefined;

  constructor(line: Line<Place, string>, token: string) {
    const onMiss = (miss: Miss): void => void this.misses.push(miss);
    this.outcome = line.wait(this.controller.signal, {token}, onMiss);
    this.outcome.then(
      (value) => (this.value = value),
      () => {},
    );
  }
}

describe('those of a process who stand in a line that Redis keeps', () => {
  let clock: VirtualClock;
  let keeper: Keeper;
  let teller: Teller;
  let wakeUps: WakeUps;
  let line: Line<Place, string>;
  let random: number;
  let ends: number;

  beforeEach(() => {
    clock = new VirtualClock().install();
    keeper = new Keeper();
    teller = new Teller();
    random = 0;
    ends = 0;
    const now = (): number => clock.monotonic();
    const listens = [teller.listen];
    wakeUps = new WakeUps({listens, quorum: 1, now, random: () => random});
    const options = {leases: keeper, wakeUps, channel: 'a', random: () => random};
    line = new Line(options, () => (ends += 1));
  });

  afterEach(() => {
    clock[Symbol.dispose]();
  });

  const settle = (): Promise<void> => clock.advance(0);

  /** One whose place is known, and who is heard to be given the lock. */
  const stand = async (token: string, entry = inLine()): Promise<Caller> => {
    const caller = new Caller(line, token);
    keeper.answer(token, entry);
    await settle();
    return caller;
  };

  /** The channel is heard, and what may have been missed before was looked for. */
  const hear = async ({seen = stands}: {seen?: Seen | 'silence'} = {}): Promise<void> => {
    teller.heard.resolve();
    await settle();
    keeper.see(seen === 'silence' ? undefined : seen);
    await settle();
    keeper.attended.length = 0;
  };

  const tell = async (message: string): Promise<void> => {
    line.told(0, message);
    await settle();
  };

  it('have the lock at once where it is free, and leave nothing behind', async () => {
    const caller = new Caller(line, 'one');
    keeper.answer('one', {kind: 'won', value: 'the lock'});

    expect(await caller.outcome).to.equal('the lock');
    expect(keeper.entered).to.deep.equal(['one']);
    expect(keeper.left).to.deep.equal([]);
    expect(caller.misses).to.deep.equal([]);
    expect(teller.channels).to.deep.equal([]);
    expect(listenersOf(caller.controller.signal)).to.equal(0);
    expect(clock.pendingCount).to.equal(0);
    expect(ends).to.equal(1);
  });

  it('say of each miss how it was', async () => {
    const entry = inLine();
    const caller = await stand('one', entry);

    expect(caller.misses).to.deep.equal([entry]);
  });

  it('are given the lock by what is told on the channel, and ask no more', async () => {
    const caller = await stand('one');
    await hear();

    teller.tell('other');
    await tell('7 123.5 one');

    expect(await caller.outcome).to.equal('one with 7');
    expect(keeper.accepted).to.deep.equal([['one', 7, 123.5]]);
    expect(keeper.entered).to.deep.equal(['one']);
    expect(keeper.attended).to.deep.equal([]);
    expect(keeper.left).to.deep.equal([]);
  });

  it('may have any text for a token', async () => {
    const token = 'a b {"label":"\n"}';
    const caller = await stand(token);
    await hear();

    await tell(`70 12 ${token}`);

    expect(await caller.outcome).to.equal(`${token} with 70`);
  });

  it('take no heed of what is told to others', async () => {
    const caller = await stand('one');
    await hear();

    for (const message of ['7 123 two', '30000', '+30000', '7 one', 'x7 1 one', '7 x one']) {
      await tell(message);
    }

    expect(keeper.accepted).to.deep.equal([]);
    expect(keeper.attended).to.deep.equal([]);
    expect(caller.value).to.equal(undefined);
  });

  it('ask again for a lock of which too little was left when they heard of it', async () => {
    const caller = await stand('one');
    await hear();
    keeper.isEnough = false;

    await tell('7 123 one');
    keeper.answer('one', {kind: 'won', value: 'all of it'});

    expect(await caller.outcome).to.equal('all of it');
    expect(keeper.entered).to.deep.equal(['one', 'one']);
  });

  it('ask once at a time, however often they hear that it is theirs', async () => {
    await stand('one');
    await hear();
    keeper.isEnough = false;

    await tell('7 123 one');
    await tell('7 123 one');

    expect(keeper.entered).to.deep.equal(['one', 'one']);
  });

  it('may be given the lock before they have heard that they stand in line', async () => {
    await stand('one');
    await hear();
    const second = new Caller(line, 'two');

    await tell('8 200 two');
    keeper.answer('two', inLine());
    await settle();

    expect(await second.outcome).to.equal('two with 8');
    expect(second.misses).to.deep.equal([]);
  });

  it('listen once they stand in line, and before they ask where the channel is heard already', async () => {
    const first = new Caller(line, 'one');
    const before = [...teller.channels];
    keeper.answer('one', inLine());
    await settle();
    await hear();
    first.controller.abort('enough');
    await rejectionOf(first.outcome);

    const second = new Caller(line, 'two');
    await settle();
    teller.tellGiven('a', 9, 300, 'two');

    expect(before).to.deep.equal([]);
    expect(await second.outcome).to.equal('two with 9');
    expect(teller.channels).to.deep.equal(['a']);
    expect(keeper.attended).to.deep.equal([]);
  });

  it('hear their notices from the channel itself', async () => {
    const caller = await stand('one');
    await hear();
    teller.tell('a');
    await settle();

    // A release that names nobody: the line is looked at.
    expect(keeper.attended).to.deep.equal(['one']);
    expect(caller.value).to.equal(undefined);
  });

  it('are attended to by one command as soon as the channel is heard, and it names the first', async () => {
    await stand('one');
    await stand('two');
    const before = [...keeper.attended];

    teller.heard.resolve();
    await settle();
    keeper.see(stands);
    await clock.advance(1);

    expect(before).to.deep.equal([]);
    expect(keeper.attended).to.deep.equal(['one']);
  });

  it('are attended to ten times a second for as long as the channel is not heard', async () => {
    await stand('one');

    await clock.advance(99);
    const early = keeper.attended.length;
    await clock.advance(1);
    const once = keeper.attended.length;
    keeper.see(stands);
    await clock.advance(99);
    const stillOnce = keeper.attended.length;
    await clock.advance(1);

    expect([early, once, stillOnce, keeper.attended.length]).to.deep.equal([0, 1, 1, 2]);
  });

  for (const [chance, ms] of [
    [0, 0.8 * ATTEND_MS],
    [1, ATTEND_MS],
  ] as const) {
    it(`are attended to after ${ms} ms once the channel is heard, where chance says ${chance}`, async () => {
      random = chance;
      await stand('one');
      await hear();

      await clock.advance(ms - 1);
      const early = keeper.attended.length;
      await clock.advance(1);

      expect([early, keeper.attended.length]).to.deep.equal([0, 1]);
    });
  }

  it('are attended to when the lock could be free by the clock, if that is sooner', async () => {
    await stand('one');
    await hear({seen: {...stands, waitMs: 150}});

    await clock.advance(150);
    const early = keeper.attended.length;
    await clock.advance(1);

    expect([early, keeper.attended.length]).to.deep.equal([0, 1]);
  });

  it('are attended to as soon as the first of them needs it', async () => {
    await stand('one');
    await hear();
    await stand('two', inLine(50));

    await clock.advance(50);
    const early = keeper.attended.length;
    await clock.advance(1);
    const inTime = keeper.attended.length;
    keeper.see(stands);
    await clock.advance(0.8 * ATTEND_MS - 1);

    expect([early, inTime, keeper.attended.length]).to.deep.equal([0, 1, 1]);
  });

  it('are not attended to any later because another has come', async () => {
    await stand('one');
    await hear();
    await clock.advance(200);
    await stand('two');

    await clock.advance(0.8 * ATTEND_MS - 200);

    expect(keeper.attended).to.deep.equal(['one']);
  });

  it('are attended to again soon where the node did not answer, though it tells', async () => {
    await stand('one');
    await hear({seen: 'silence'});

    await clock.advance(99);
    const early = keeper.attended.length;
    await clock.advance(1);

    expect([early, keeper.attended.length]).to.deep.equal([0, 1]);
  });

  it('are attended to once at a time, and once more for what is told meanwhile', async () => {
    await stand('one');
    await hear();

    for (let count = 0; count < 3; count += 1) await tell('');
    const meanwhile = keeper.attended.length;
    keeper.see(stands);
    await clock.advance(1);
    const after = keeper.attended.length;
    keeper.see(stands);
    await clock.advance(1);

    expect([meanwhile, after, keeper.attended.length]).to.deep.equal([1, 2, 2]);
  });

  it('have no second timer for what was attended to before its time', async () => {
    await stand('one');
    await hear();
    await clock.advance(200);
    await tell('');
    keeper.see(stands);
    await settle();

    await clock.advance(0.8 * ATTEND_MS - 1);
    const early = keeper.attended.length;
    await clock.advance(1);

    expect([early, keeper.attended.length]).to.deep.equal([1, 2]);
  });

  it('ask for the lock that is theirs without a notice', async () => {
    const caller = await stand('one');
    await hear({seen: {holder: 'one', waitMs: 900, isKnown: true}});

    keeper.answer('one', {kind: 'won', value: 'all of it'});

    expect(await caller.outcome).to.equal('all of it');
    expect(keeper.entered).to.deep.equal(['one', 'one']);
  });

  it('ask anew, in their order, when their places may be gone, unless they are asking', async () => {
    await stand('one');
    await stand('two');
    void new Caller(line, 'three');
    await hear({seen: {...stands, isKnown: false}});
    const anew = keeper.entered.splice(0);
    keeper.answer('one', inLine());
    keeper.answer('two', inLine());
    keeper.answer('three', inLine());
    await settle();
    await tell('');
    keeper.see({...stands, isKnown: false});
    await settle();

    expect(anew).to.deep.equal(['one', 'two', 'three', 'one', 'two']);
    expect(keeper.entered).to.deep.equal(['one', 'two', 'three']);
  });

  it('do not ask anew for those who hold back after trouble', async () => {
    await stand('one');
    await stand('two', failed());
    await hear({seen: {...stands, isKnown: false}});
    keeper.answer('one', failed());
    await settle();
    await tell('');
    keeper.see({...stands, isKnown: false});
    await settle();

    expect(keeper.entered).to.deep.equal(['one', 'two', 'one']);
  });

  it('do not ask once more for themselves when they hear that others may be gone', async () => {
    await stand('one');
    await hear({seen: {holder: 'one', waitMs: 900, isKnown: true}});
    keeper.answer('one', inLine(100, false));
    await settle();

    expect(keeper.entered).to.deep.equal(['one', 'one']);
  });

  it('may have come after the answer was asked for, when those before them had gone', async () => {
    const one = await stand('one');
    teller.heard.resolve();
    await settle();
    one.controller.abort('enough');
    await rejectionOf(one.outcome);
    await clock.advance(2000);
    const two = new Caller(line, 'two');

    keeper.see({holder: 'two', waitMs: 900, isKnown: true});
    await settle();
    keeper.answer('two', {kind: 'won', value: 'all of it'});

    expect(await two.outcome).to.equal('all of it');
    expect(keeper.entered).to.deep.equal(['one', 'two']);
  });

  it('ask anew when one who comes hears that the others may be gone', async () => {
    await stand('one');
    await stand('two');
    await stand('three', inLine(10_000, false));

    expect(keeper.entered).to.deep.equal(['one', 'two', 'three', 'one', 'two']);
  });

  it('do not ask anew where nothing is said of their places', async () => {
    await stand('one');
    await stand('two', {kind: 'busy', waits: [100]});

    expect(keeper.entered).to.deep.equal(['one', 'two']);
  });

  it('ask again after trouble, ever more seldom, and soon again once it was over', async () => {
    random = 1;
    const caller = await stand('one', failed());
    await clock.advance(19);
    const early = keeper.entered.length;
    await clock.advance(1);
    keeper.answer('one', failed());
    await clock.advance(39);
    const stillEarly = keeper.entered.length;
    await clock.advance(1);
    keeper.answer('one', inLine());
    await settle();
    await hear({seen: {holder: 'one', waitMs: 900, isKnown: true}});

    expect([early, stillEarly]).to.deep.equal([1, 2]);
    expect(keeper.entered).to.deep.equal(['one', 'one after 1', 'one after 2', 'one']);
    expect(caller.misses.map(({kind}) => kind)).to.deep.equal(['failed', 'failed', 'busy']);
  });

  it('do not listen, and are not attended to, for as long as none of them has a place', async () => {
    await stand('one', failed());
    await clock.advance(1000);

    expect(teller.channels).to.deep.equal([]);
    expect(keeper.attended).to.deep.equal([]);
  });

  it('leave with the error where waiting is of no use', async () => {
    const entry = failed(true);
    const caller = new Caller(line, 'one');
    keeper.answer('one', entry);

    expect(await rejectionOf(caller.outcome)).to.equal(entry.error);
    expect(caller.misses).to.deep.equal([entry]);
    expect(keeper.left).to.deep.equal(['one']);
    expect(listenersOf(caller.controller.signal)).to.equal(0);
    expect(clock.pendingCount).to.equal(0);
  });

  it('leave with the reason of an abort, and give up what they may be given yet', async () => {
    const caller = new Caller(line, 'one');
    caller.controller.abort('enough');

    expect(await rejectionOf(caller.outcome)).to.equal('enough');
    keeper.answer('one', inLine());
    await settle();
    expect(keeper.left).to.deep.equal(['one']);
    expect(caller.misses).to.deep.equal([]);
    expect(teller.channels).to.deep.equal([]);
    expect(clock.pendingCount).to.equal(0);
  });

  it('do not wait where the signal has aborted before', async () => {
    const reason = await rejectionOf(
      line.wait(AbortSignal.abort('before'), {token: 'one'}, () => {}),
    );

    expect(reason).to.equal('before');
    expect(keeper.left).to.deep.equal(['one']);
    expect(ends).to.equal(1);
  });

  it('ask no more after trouble once they have left', async () => {
    const caller = await stand('one', failed());

    caller.controller.abort('enough');
    await rejectionOf(caller.outcome);
    await clock.advance(5000);

    expect(keeper.entered).to.deep.equal(['one']);
    expect(clock.pendingCount).to.equal(0);
  });

  it('are attended to no more once the last of them has left, and their channel is kept for a second', async () => {
    const [one, two] = [await stand('one'), await stand('two')];
    await hear();
    one.controller.abort('enough');
    await rejectionOf(one.outcome);
    const endsBefore = ends;
    two.controller.abort('enough');
    await rejectionOf(two.outcome);

    await clock.advance(999);
    const stopsBefore = teller.stops;
    await clock.advance(1);

    expect([endsBefore, ends]).to.deep.equal([0, 1]);
    expect([stopsBefore, teller.stops]).to.deep.equal([0, 1]);
    expect(keeper.attended).to.deep.equal([]);
    expect(clock.pendingCount).to.equal(0);
  });

  it('are gone before the answer comes that was asked for them, which starts nothing', async () => {
    const caller = await stand('one');
    teller.heard.resolve();
    await settle();
    caller.controller.abort('enough');
    await rejectionOf(caller.outcome);

    const pending = clock.pendingCount;
    keeper.see({holder: 'one', waitMs: 900, isKnown: false});
    await settle();

    expect(clock.pendingCount).to.equal(pending);
    await clock.advance(5000);
    expect(keeper.attended).to.deep.equal(['one']);
    expect(keeper.entered).to.deep.equal(['one']);
    expect(clock.pendingCount).to.equal(0);
  });

  it('look at nothing for a notice that comes when nobody is there', async () => {
    await tell('');

    expect(keeper.attended).to.deep.equal([]);
  });

  it('may come again after the last of them has left', async () => {
    const one = await stand('one');
    await hear();
    one.controller.abort('enough');
    await rejectionOf(one.outcome);
    const two = await stand('two');

    await clock.advance(0.8 * ATTEND_MS);
    keeper.see(stands);
    await tell('9 300 two');

    expect(keeper.attended).to.deep.equal(['two']);
    expect(await two.outcome).to.equal('two with 9');
  });
});
