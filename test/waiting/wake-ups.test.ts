import {WakeUps, type Bell, type Listen} from '#internal/waiting/wake-ups.js';
import {expect} from 'chai';
import {mock} from 'node:test';

import {flush} from '../flush.js';
import {listenersOf} from '../listeners.js';
import {at} from '../locker/nodes.js';
import {PendingTimers} from '../pending-timers.js';
import {rejectionOf} from '../rejection.js';
import {newTellers, Teller} from './teller.js';

let nowMs = 0;

const wakeUpsWith = (listens: readonly (Listen | undefined)[], quorum: number): WakeUps =>
  new WakeUps({listens, quorum, now: () => nowMs, random: () => 0});

const wakeUpsOf = (tellers: readonly Teller[], quorum: number): WakeUps =>
  wakeUpsWith(
    tellers.map(({listen}) => listen),
    quorum,
  );

const refuse = (): never => {
  throw new Error('not connected');
};

/** Three nodes say that others hold them for so long. */
const held = [10_000, 10_000, 10_000];
/** One of them was ours for a moment, so that one more would be enough. */
const oneGivenBack = [10_000, 10_000, 0];

/** One who sleeps, as seen from outside. */
class Sleep {
  readonly controller = new AbortController();
  isOver = false;

  constructor(bell: Bell, ms: number, waits: readonly number[] = held) {
    void bell.sleep(this.controller.signal, ms, {waits}).then(() => (this.isOver = true));
  }
}

async function pass(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 1) {
    nowMs += 1;
    mock.timers.tick(1);
  }
  await flush();
}

describe('a bell', () => {
  let tellers: Teller[];
  let wakeUps: WakeUps;
  let bell: Bell;

  const tell = async (node: number): Promise<void> => {
    at(tellers, node).tell('a');
    await flush();
  };

  beforeEach(() => {
    mock.timers.enable({apis: ['setTimeout']});
    tellers = newTellers(3);
    wakeUps = wakeUpsOf(tellers, 2);
    bell = wakeUps.hear(['a']);
  });

  afterEach(() => {
    mock.timers.reset();
  });

  it('wakes one who waits for anyone also when a release gave the lock straight to somebody', async () => {
    const states: boolean[] = [];
    for (const isAnyone of [false, true]) {
      bell.reset();
      let isOver = false;
      const {signal} = new AbortController();
      void bell.sleep(signal, 5000, {waits: held, isAnyone}).then(() => (isOver = true));
      at(tellers, 0).tellExtended('a', 8000);
      await flush();
      states.push(isOver);
      at(tellers, 0).tellHandedOver('a', 8000);
      await flush();
      states.push(isOver);
    }

    expect(states).to.deep.equal([false, false, false, true]);
  });

  it('remembers that somebody was given the lock until it is reset', async () => {
    at(tellers, 0).tellGiven('a', 7, 123, 'token');
    let wakings = 0;
    const sleepForAnyone = async (): Promise<void> => {
      const {signal} = new AbortController();
      void bell.sleep(signal, 5000, {isAnyone: true}).then(() => (wakings += 1));
      await flush();
    };

    await sleepForAnyone();
    bell.reset();
    await sleepForAnyone();

    expect(wakings).to.equal(1);
  });

  it('takes all nodes for held as long as it sleeps where nothing else is said', async () => {
    let isOver = false;
    void bell.sleep(new AbortController().signal, 100, {}).then(() => (isOver = true));
    await tell(0);
    const afterOne = isOver;
    await tell(1);

    expect([afterOne, isOver]).to.deep.equal([false, true]);
  });

  it('wakes when as many nodes have told as are missing, and no earlier', async () => {
    const sleep = new Sleep(bell, 10_000);

    await tell(2);
    const afterOne = sleep.isOver;
    await tell(0);

    expect(afterOne).to.equal(false);
    expect(sleep.isOver).to.equal(true);
  });

  it('counts a node once, however often it tells', async () => {
    const sleep = new Sleep(bell, 10_000);

    await tell(1);
    await tell(1);
    await tell(1);

    expect(sleep.isOver).to.equal(false);
  });

  it('hears nothing in what is told of nodes that it has given back itself', async () => {
    const sleep = new Sleep(bell, 10_000, oneGivenBack);

    await tell(2);
    const afterItsOwn = sleep.isOver;
    await tell(1);

    expect(afterItsOwn).to.equal(false);
    expect(sleep.isOver).to.equal(true);
  });

  it('wakes at the end of the time when nobody tells', async () => {
    const sleep = new Sleep(bell, 500);

    await pass(499);
    const early = sleep.isOver;
    await pass(1);

    expect(early).to.equal(false);
    expect(sleep.isOver).to.equal(true);
  });

  it('does not sleep when enough was told while nobody slept', async () => {
    await tell(0);
    await tell(1);

    const sleep = new Sleep(bell, 10_000);
    await flush();

    expect(sleep.isOver).to.equal(true);
  });

  it('forgets with a reset what was told before', async () => {
    await tell(0);
    await tell(1);

    bell.reset();
    const sleep = new Sleep(bell, 10_000);
    await pass(9999);
    const early = sleep.isOver;
    await pass(1);

    expect(early).to.equal(false);
    expect(sleep.isOver).to.equal(true);
  });

  it('sleeps on when so many nodes are extended that no quorum can be free, by the time to live that is told', async () => {
    const sleep = new Sleep(bell, 500);
    await pass(400);
    at(tellers, 0).tellExtended('a', 3000);
    at(tellers, 2).tellExtended('a', 2000);

    await pass(100 + 1900);
    const early = sleep.isOver;
    await pass(2);

    expect(early).to.equal(false);
    expect(sleep.isOver).to.equal(true);
  });

  it('sleeps on for no longer than it is to sleep at most, whatever is told', async () => {
    let isOver = false;
    const {signal} = new AbortController();
    void bell.sleep(signal, 500, {waits: held, longestMs: 900}).then(() => (isOver = true));
    for (const teller of tellers) teller.tellExtended('a', 60_000);

    await pass(899);
    const early = isOver;
    await pass(5);

    expect(early).to.equal(false);
    expect(isOver).to.equal(true);
  });

  it('does not sleep on when so few nodes are extended that a quorum can be free', async () => {
    const sleep = new Sleep(bell, 500);
    at(tellers, 0).tellExtended('a', 60_000);

    await pass(500);

    expect(sleep.isOver).to.equal(true);
  });

  it('counts what was told of an extension while the nodes were being asked', async () => {
    bell.reset();
    for (const teller of tellers) teller.tellExtended('a', 2000);
    const sleep = new Sleep(bell, 500);

    await pass(1999);
    const early = sleep.isOver;
    await pass(3);

    expect(early).to.equal(false);
    expect(sleep.isOver).to.equal(true);
  });

  it('takes no extension for the end of a wait, and a release for one whatever was extended', async () => {
    const sleep = new Sleep(bell, 10_000);
    for (const teller of tellers) teller.tellExtended('a', 60_000);
    await flush();
    const extended = sleep.isOver;
    await tell(0);
    await tell(1);

    expect(extended).to.equal(false);
    expect(sleep.isOver).to.equal(true);
  });

  it('sleeps on when another process hands the lock over to itself, for as long as that is told', async () => {
    const sleep = new Sleep(bell, 500);
    for (const teller of tellers) teller.tellHandedOver('a', 2000);

    await pass(1999);
    const early = sleep.isOver;
    await pass(3);

    expect(early).to.equal(false);
    expect(sleep.isOver).to.equal(true);
  });

  it('wakes at each change of holder for one who wants to see them all, and at no extension', async () => {
    let wakings = 0;
    const sleepOn = async (): Promise<void> => {
      bell.reset();
      await bell.sleep(new AbortController().signal, 9000, {missing: 1, isAnyone: true});
      wakings += 1;
    };

    for (const tellNext of [
      () => at(tellers, 0).tellHandedOver('a', 2000),
      () => at(tellers, 1).tell('a'),
    ]) {
      void sleepOn();
      at(tellers, 0).tellExtended('a', 3000);
      await flush();
      const before = wakings;
      tellNext();
      await flush();
      expect(wakings).to.equal(before + 1);
    }
  });

  it('rejects with the reason of an abort, and leaves neither timer nor listener', async () => {
    mock.timers.reset();
    using timers = new PendingTimers();
    const controller = new AbortController();
    const reason = new Error('enough');
    const sleeping = rejectionOf(bell.sleep(controller.signal, 10_000, {waits: held}));
    await tell(0);

    controller.abort(reason);

    expect(await sleeping).to.equal(reason);
    expect(timers.count).to.equal(0);
    expect(listenersOf(controller.signal)).to.equal(0);
  });

  it('leaves neither timer nor listener when it has rung', async () => {
    mock.timers.reset();
    using timers = new PendingTimers();
    const {signal} = new AbortController();
    const sleeping = bell.sleep(signal, 10_000, {waits: held});

    await tell(0);
    await tell(1);
    await sleeping;

    expect(timers.count).to.equal(0);
    expect(listenersOf(signal)).to.equal(0);
  });

  it('does not sleep at all on a signal that has aborted', async () => {
    const reason = new Error('enough');

    const error = await rejectionOf(bell.sleep(AbortSignal.abort(reason), 10_000, {waits: held}));

    expect(error).to.equal(reason);
  });

  it('is live, and settled, as soon as a quorum of nodes is heard', async () => {
    let isSettled = false;
    void bell.settled().then(() => (isSettled = true));

    at(tellers, 0).heard.resolve();
    await flush();
    const afterOne = [bell.isLive, isSettled];
    at(tellers, 2).heard.resolve();
    await flush();

    expect(afterOne).to.deep.equal([false, false]);
    expect([bell.isLive, isSettled]).to.deep.equal([true, true]);
  });

  it('is settled without being live when too few nodes can be heard', async () => {
    at(tellers, 0).heard.resolve();
    at(tellers, 1).heard.reject(new Error('NOPERM'));
    at(tellers, 2).heard.reject(new Error('Connection is closed.'));

    await bell.settled();

    expect(bell.isLive).to.equal(false);
  });

  it('is live on several channels only when each of them is heard', async () => {
    const [a, b] = [newTellers(1), newTellers(1)];
    const listen = (channel: string, onNotice: () => void) =>
      at(channel === 'a' ? a : b, 0).listen(channel, onNotice);
    const both = wakeUpsWith([listen], 1).hear(['a', 'b']);

    at(a, 0).heard.resolve();
    await flush();
    const afterOne = both.isLive;
    at(b, 0).heard.resolve();
    await flush();

    expect(afterOne).to.equal(false);
    expect(both.isLive).to.equal(true);
  });
});

describe('wake-ups', () => {
  beforeEach(() => {
    mock.timers.enable({apis: ['setTimeout']});
  });

  afterEach(() => {
    mock.timers.reset();
  });

  it('are never live where a client cannot listen, or throws', async () => {
    const bell = wakeUpsWith([undefined, refuse, undefined], 2).hear(['a']);

    await bell.settled();

    expect(bell.isLive).to.equal(false);
  });

  it('subscribe once for all who wait for one channel', () => {
    const tellers = newTellers(2);
    const wakeUps = wakeUpsOf(tellers, 2);

    for (let bells = 0; bells < 5; bells += 1) wakeUps.hear(['a']);
    wakeUps.hear(['a', 'b']);

    expect(tellers.map(({channels}) => channels)).to.deep.equal([
      ['a', 'b'],
      ['a', 'b'],
    ]);
  });

  it('keep a channel for the next who comes within a second', async () => {
    const teller = new Teller();
    const wakeUps = wakeUpsOf([teller], 1);
    teller.heard.resolve();
    wakeUps.hear(['a'])[Symbol.dispose]();
    await pass(999);

    const bell = wakeUps.hear(['a']);
    await pass(5000);

    expect(bell.isLive).to.equal(true);
    expect(teller.channels).to.deep.equal(['a']);
    expect(teller.stops).to.equal(0);
  });

  it('leave a channel a second after its last listener, and hear it anew after that', async () => {
    const teller = new Teller();
    const wakeUps = wakeUpsOf([teller], 1);
    const bells = [wakeUps.hear(['a']), wakeUps.hear(['a'])];

    for (const bell of bells) bell[Symbol.dispose]();
    await pass(999);
    const early = [teller.stops, wakeUps.heard({channels: ['a']})];
    await pass(1);
    const late = [teller.stops, wakeUps.heard({channels: ['a']})];
    wakeUps.hear(['a']);

    expect(early).to.deep.equal([0, 1]);
    expect(late).to.deep.equal([1, 0]);
    expect(teller.channels).to.deep.equal(['a', 'a']);
  });

  it('stop everything at once when they are closed, also what was never heard', () => {
    const tellers = newTellers(3);
    const wakeUps = wakeUpsOf(tellers, 2);
    wakeUps.hear(['a', 'b']);
    wakeUps.hear(['c'])[Symbol.dispose]();

    wakeUps.close();

    expect(tellers.map(({stops}) => stops)).to.deep.equal([3, 3, 3]);
    expect(wakeUps.heard({channels: ['a', 'b', 'c']})).to.equal(0);
  });
});
