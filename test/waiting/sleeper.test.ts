import type {Miss} from '#internal/waiting/attempt.js';
import {Sleeper} from '#internal/waiting/sleeper.js';
import {WakeUps} from '#internal/waiting/wake-ups.js';
import {expect} from 'chai';
import {QuorumError} from 'holdfast';
import {mock} from 'node:test';

import {flush} from '../flush.js';
import {listenersOf} from '../listeners.js';
import {rejectionOf} from '../rejection.js';
import {newTellers, type Teller} from './teller.js';

const busy: Miss = {kind: 'busy', waits: [10_000, 10_000, 10_000]};
const split: Miss = {kind: 'busy', waits: [0, 10_000, 10_000]};
const failed: Miss = {
  kind: 'failed',
  error: new QuorumError(['a'], 'No quorum', []),
  isHopeless: false,
};

const random = (): number => 0.5;

describe('a sleeper', () => {
  let nowMs: number;
  let controller: AbortController;
  let tellers: Teller[];
  let wakeUps: WakeUps;
  let sleeper: Sleeper;

  /** Sleeps for ten seconds at most; the result tells whether that is over. */
  const sleep = (miss: Miss): (() => boolean) => {
    let isOver = false;
    void sleeper.sleep(controller.signal, 10_000, miss).then(() => (isOver = true));
    return () => isOver;
  };
  const pass = (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 1) {
      nowMs += 1;
      mock.timers.tick(1);
    }
    return flush();
  };
  const hear = (): Promise<void> => {
    for (const {heard} of tellers) heard.resolve();
    return flush();
  };
  const tell = (): Promise<void> => {
    for (const teller of tellers) teller.tell('a');
    return flush();
  };

  beforeEach(() => {
    mock.timers.enable({apis: ['setTimeout']});
    nowMs = 0;
    controller = new AbortController();
    tellers = newTellers(3);
    const listens = tellers.map(({listen}) => listen);
    wakeUps = new WakeUps({listens, quorum: 2, now: () => nowMs, random});
    sleeper = new Sleeper(wakeUps, {channels: ['a']}, random);
  });

  afterEach(() => {
    mock.timers.reset();
  });

  it('asks once more as soon as it listens, and sleeps until it is told after that', async () => {
    const first = sleep(busy);
    await flush();
    const beforeHeard = first();
    await hear();
    const second = sleep(busy);
    await pass(9000);
    const beforeTold = second();
    await tell();

    expect(beforeHeard).to.equal(false);
    expect(first()).to.equal(true);
    expect(beforeTold).to.equal(false);
    expect(second()).to.equal(true);
    expect(tellers.map(({channels}) => channels)).to.deep.equal([['a'], ['a'], ['a']]);
  });

  it('does not wait for a node whose subscription hangs, once a quorum is heard', async () => {
    const first = sleep(busy);

    for (const {heard} of tellers.slice(1)) heard.resolve();
    await flush();

    expect(first()).to.equal(true);
  });

  it('sleeps 100 ms at most where too few nodes tell', async () => {
    const first = sleep(busy);
    for (const {heard} of tellers) heard.reject(new Error('NOPERM'));
    await flush();

    await pass(99);
    const early = first();
    await pass(1);

    expect(early).to.equal(false);
    expect(first()).to.equal(true);
  });

  it('gives a subscription up after a second, and sleeps 100 ms at most until it is heard', async () => {
    const first = sleep(busy);

    await pass(999);
    await pass(1);
    await pass(99);
    const early = first();
    await pass(1);
    const late = first();
    await hear();
    const second = sleep(busy);
    await pass(5000);

    expect(early).to.equal(false);
    expect(late).to.equal(true);
    expect(second()).to.equal(false);
  });

  it('is parted by chance from those who split the vote with it, and by no notice', async () => {
    sleep(busy);
    await hear();

    const over: boolean[] = [];
    for (const ms of [5, 10, 20, 20, 20]) {
      const parted = sleep(split);
      await tell();
      await pass(ms - 1);
      over.push(parted());
      await pass(1);
      over.push(parted());
    }

    expect(over).to.deep.equal([0, 1, 2, 3, 4].flatMap(() => [false, true]));
  });

  it('sleeps on for as long as a holder extends, and a little longer than its last time to live', async () => {
    sleep(busy);
    await hear();
    const isOver = sleep(busy);
    for (let beats = 0; beats < 10; beats += 1) {
      await pass(4000);
      for (const teller of tellers.slice(1)) teller.tellExtended('a', 10_000);
    }

    await pass(10_000);
    const early = isOver();
    await pass(26);

    expect(early).to.equal(false);
    expect(isOver()).to.equal(true);
  });

  it('does not listen for the sake of a split vote', async () => {
    const parted = sleep(split);

    await pass(5);

    expect(parted()).to.equal(true);
    expect(wakeUps.heard({channels: ['a']})).to.equal(0);
  });

  it('takes votes that go on being split for ones that a holder is part of, and listens', async () => {
    for (let splits = 0; splits < 5; splits += 1) {
      sleep(split);
      await pass(40);
    }

    sleep(split);
    await flush();

    expect(wakeUps.heard({channels: ['a']})).to.equal(1);
  });

  it('is quick again with a split vote after one that was not split', async () => {
    sleep(busy);
    await hear();
    for (let splits = 0; splits < 4; splits += 1) {
      sleep(split);
      await pass(40);
    }
    sleep(busy);
    await tell();

    const parted = sleep(split);
    await pass(5);

    expect(parted()).to.equal(true);
  });

  it('sleeps for exactly as long as it is told to after a failure, and does not listen', async () => {
    const first = sleep(failed);

    await pass(9999);
    const early = first();
    await pass(1);

    expect(early).to.equal(false);
    expect(first()).to.equal(true);
    expect(wakeUps.heard({channels: ['a']})).to.equal(0);
  });

  it('forgets with a reset what it was told before', async () => {
    sleep(busy);
    await hear();
    await tell();

    sleeper.reset();
    const second = sleep(busy);
    await pass(9999);

    expect(second()).to.equal(false);
  });

  it('gives its subscription back when it is aborted before that is heard', async () => {
    const reason = new Error('enough');
    const sleeping = rejectionOf(sleeper.sleep(controller.signal, 10_000, busy));
    await flush();

    controller.abort(reason);
    const error = await sleeping;
    await pass(1000);

    expect(error).to.equal(reason);
    expect(listenersOf(controller.signal)).to.equal(0);
    expect(tellers.map(({stops}) => stops)).to.deep.equal([1, 1, 1]);
  });

  it('gives its subscription back at the end of its scope', async () => {
    sleep(busy);
    await hear();

    sleeper[Symbol.dispose]();
    await pass(1000);

    expect(wakeUps.heard({channels: ['a']})).to.equal(0);
  });

  it('holds back for the time it is told to, whatever it hears', async () => {
    let isOver = false;
    sleep(busy);
    await hear();
    void sleeper.pause(controller.signal, 5).then(() => (isOver = true));

    await tell();
    await pass(4);
    const early = isOver;
    await pass(1);

    expect(early).to.equal(false);
    expect(isOver).to.equal(true);
  });
});
