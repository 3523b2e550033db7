import {Alarm} from '#internal/alarm.js';
import {expect} from 'chai';
import {mock} from 'node:test';

import {PendingTimers} from './pending-timers.js';

describe('an alarm', () => {
  let nowMs: number;
  let rung: number[];
  let alarm: Alarm;

  const pass = (ms: number): void => {
    for (const end = nowMs + ms; nowMs < end;) {
      nowMs += 1;
      mock.timers.tick(1);
    }
  };

  beforeEach(() => {
    mock.timers.enable({apis: ['setTimeout']});
    nowMs = 1000;
    rung = [];
    alarm = new Alarm(
      () => nowMs,
      () => rung.push(nowMs),
    );
  });

  afterEach(() => {
    mock.timers.reset();
  });

  it('rings once at its time', () => {
    alarm.set(1050);

    pass(500);

    expect(rung).to.deep.equal([1050]);
    expect(alarm.at).to.equal(Infinity);
  });

  it('rings at the time it was put off to, or brought forward to, and at no other', () => {
    alarm.set(1050);
    alarm.set(1200);
    pass(250);
    alarm.set(1900);
    alarm.set(1300);
    pass(1000);

    expect(rung).to.deep.equal([1200, 1300]);
  });

  it('does not ring when it is switched off, and rings again when it is set anew', () => {
    alarm.set(1050);
    alarm.set(Infinity);
    pass(100);
    alarm.set(1150);
    pass(100);
    alarm.set(1300);
    alarm.end();
    pass(200);

    expect(rung).to.deep.equal([1150]);
  });

  it('rings at once when its time is over', () => {
    alarm.set(900);

    pass(1);

    expect(rung).to.deep.equal([1001]);
  });

  it('sets no timer anew each time it is put off, and keeps the process alive only while it is set', () => {
    mock.timers.reset();
    const set = mock.method(globalThis, 'setTimeout');
    const other = new Alarm(
      () => performance.now(),
      () => {},
    );
    try {
      for (let time = 0; time < 100; time += 1) {
        other.set(performance.now() + 10_000);
        other.set(Infinity);
      }
      const [call] = set.mock.calls;
      const isKeptOff = call?.result?.hasRef();
      other.set(performance.now() + 10_000);
      const isKeptOn = call?.result?.hasRef();

      expect(set.mock.callCount()).to.equal(1);
      expect([isKeptOff, isKeptOn]).to.deep.equal([false, true]);
    } finally {
      other.end();
      mock.restoreAll();
    }
  });

  it('leaves no timer behind at its end', () => {
    mock.timers.reset();
    using timers = new PendingTimers();
    const other = new Alarm(
      () => nowMs,
      () => {},
    );

    other.set(5000);
    other.end();

    expect(timers.count).to.equal(0);
  });
});
