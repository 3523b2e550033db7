import {Lateness} from '#internal/keep-alive/lateness.js';
import {expect} from 'chai';

describe('the lateness that is expected of timers', () => {
  it('is none while they are as late as timers are', () => {
    const lateness = new Lateness();

    const changes = [0, 1, 2, 7, -3].map((lateMs, now) => lateness.note(lateMs, now));

    expect(changes).to.not.include(true);
    expect(lateness.expectedMs).to.equal(0);
  });

  it('is somewhat more than the latest of them was, from that moment on', () => {
    const lateness = new Lateness();

    const isNew = lateness.note(80, 1000);

    expect(isNew).to.equal(true);
    expect(lateness.expectedMs).to.equal(100);
  });

  it('stays the same for those that are late by less, or by about as much', () => {
    const lateness = new Lateness();
    lateness.note(80, 1000);

    const changes = [3, 60, 99].map((lateMs) => lateness.note(lateMs, 1100));

    expect(changes).to.deep.equal([false, false, false]);
    expect(lateness.expectedMs).to.equal(100);
  });

  it('fades when nothing is late any more', () => {
    const lateness = new Lateness();
    lateness.note(800, 0);

    const expected = [1000, 10_000, 20_000, 60_000].map((now) => {
      lateness.note(0, now);
      return lateness.expectedMs;
    });

    expect(expected[0]).to.equal(1000);
    expect(expected[1]).to.be.within(200, 300);
    expect(expected[2]).to.be.within(50, 80);
    expect(expected[3]).to.equal(0);
  });

  it('is bounded after the whole machine stood still', () => {
    const lateness = new Lateness();

    lateness.note(3_600_000, 3_600_000);

    expect(lateness.expectedMs).to.equal(2500);
  });
});
