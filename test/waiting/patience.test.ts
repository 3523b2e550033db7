import {Patience} from '#internal/waiting/patience.js';
import {expect} from 'chai';
import {mock} from 'node:test';

import {listenersOf} from '../listeners.js';
import {PendingTimers} from '../pending-timers.js';

const timedOut = (): Error => new Error('the time is over');

describe('patience', () => {
  afterEach(() => {
    mock.timers.reset();
  });

  it('ends when the time is over, not before, with the reason for it', () => {
    mock.timers.enable({apis: ['setTimeout']});
    const reason = timedOut();
    using patience = new Patience(1000, () => reason, []);

    mock.timers.tick(999);
    const before = patience.signal.aborted;
    mock.timers.tick(1);

    expect(before).to.equal(false);
    expect(patience.signal.aborted).to.equal(true);
    expect(patience.signal.reason).to.equal(reason);
  });

  it('ends with the reason of whichever signal aborts first', () => {
    const [one, two] = [new AbortController(), new AbortController()];
    using patience = new Patience(1000, timedOut, [one.signal, undefined, two.signal]);

    two.abort('two');
    one.abort('one');

    expect(patience.signal.reason).to.equal('two');
  });

  it('has ended from the start when a signal has aborted before', () => {
    const {signal} = new AbortController();
    using timers = new PendingTimers();

    const patience = new Patience(1000, timedOut, [signal, AbortSignal.abort('gone')]);

    expect(patience.signal.reason).to.equal('gone');
    expect(timers.count).to.equal(0);
    expect(listenersOf(signal)).to.equal(0);
  });

  it('leaves neither timer nor listener behind when it is disposed of', () => {
    const {signal} = new AbortController();
    using timers = new PendingTimers();
    const patience = new Patience(60_000, timedOut, [signal]);
    const during = {timers: timers.count, listeners: listenersOf(signal)};

    patience[Symbol.dispose]();

    expect(during).to.deep.equal({timers: 1, listeners: 1});
    expect(timers.count).to.equal(0);
    expect(listenersOf(signal)).to.equal(0);
    expect(patience.signal.aborted).to.equal(false);
  });

  it('leaves neither timer nor listener behind when a signal aborts', () => {
    const [one, two] = [new AbortController(), new AbortController()];
    using timers = new PendingTimers();
    const patience = new Patience(60_000, timedOut, [one.signal, two.signal]);

    one.abort();

    expect(patience.signal.aborted).to.equal(true);
    expect(timers.count).to.equal(0);
    expect([one, two].map(({signal}) => listenersOf(signal))).to.deep.equal([0, 0]);
  });

  it('leaves no listener behind when the time is over', () => {
    mock.timers.enable({apis: ['setTimeout']});
    const {signal} = new AbortController();
    const patience = new Patience(10, timedOut, [signal]);

    mock.timers.tick(10);

    expect(patience.signal.aborted).to.equal(true);
    expect(listenersOf(signal)).to.equal(0);
  });

  it('does not end after it was disposed of', () => {
    mock.timers.enable({apis: ['setTimeout']});
    const controller = new AbortController();
    const patience = new Patience(10, timedOut, [controller.signal]);

    patience[Symbol.dispose]();
    mock.timers.tick(1000);
    controller.abort();

    expect(patience.signal.aborted).to.equal(false);
  });

  it('needs no timer for a time that no timer can hold, and does not end at once then', () => {
    using timers = new PendingTimers();

    using forEver = new Patience(Infinity, timedOut, []);
    using long = new Patience(2 ** 31, timedOut, []);

    expect(timers.count).to.equal(0);
    expect([forEver.signal.aborted, long.signal.aborted]).to.deep.equal([false, false]);
  });

  it('shares one listener on a signal with all who have patience at the same time', () => {
    const controller = new AbortController();
    const all = Array.from(
      {length: 10_000},
      () => new Patience(Infinity, timedOut, [controller.signal]),
    );
    const listeners = listenersOf(controller.signal);

    controller.abort();

    expect(listeners).to.equal(1);
    expect(all.every(({signal}) => signal.aborted)).to.equal(true);
    expect(listenersOf(controller.signal)).to.equal(0);
  });

  it('calls back at its end for one who needs no signal, and not after that was called off', () => {
    const controller = new AbortController();
    const ends: unknown[] = [];
    using patience = new Patience(1000, timedOut, [controller.signal]);
    const stop = patience.onEnd(() => ends.push('too late'));
    stop();
    patience.onEnd(() => ends.push(patience.reason));
    const before = patience.aborted;

    controller.abort('enough');

    expect(before).to.equal(false);
    expect(patience.aborted).to.equal(true);
    expect(ends).to.deep.equal(['enough']);
    expect(patience.signal.reason).to.equal('enough');
  });
});
