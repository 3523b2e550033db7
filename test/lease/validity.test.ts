import {
  defaultNodeTimeoutMs,
  fenceTtlMs,
  freshMs,
  headStartMs,
  heartbeatMs,
  isKeepable,
  leastMs,
  majority,
  patientNodeTimeoutMs,
  quorumTime,
  usableMs,
} from '#internal/lease/validity.js';
import {expect} from 'chai';

/** How long a node may take, after more and more failures. */
const patience = (ttlMs: number): number[] =>
  [0, 1, 2, 9, Infinity].map((failures) => patientNodeTimeoutMs(ttlMs, failures));

describe('the arithmetic of a lease', () => {
  it('takes the smallest number of which any two sets share a node as the majority', () => {
    const majorities = [1, 2, 3, 4, 5, 6, 7].map((nodes) => majority(nodes));

    expect(majorities).to.deep.equal([1, 2, 2, 3, 3, 4, 4]);
  });

  it('leaves drift and abort margin out of what may be relied upon', () => {
    const usable = [200, 1000, 10_000].map((ttlMs) => usableMs(ttlMs));

    expect(usable).to.deep.equal([200 - 4 - 20, 1000 - 12 - 50, 10_000 - 102 - 500]);
  });

  it('beats at a third of the time to live', () => {
    expect(heartbeatMs(9000)).to.equal(3000);
  });

  it('gives a node a twentieth of the lease, from 50 ms to a second', () => {
    const limits = [100, 1000, 5000, 20_000, 100_000].map((ttlMs) => defaultNodeTimeoutMs(ttlMs));

    expect(limits).to.deep.equal([50, 50, 250, 1000, 1000]);
  });

  it('gives a node twice as long after each failure, to a quarter of the lease and to 2 s', () => {
    expect(patience(150)).to.deep.equal([50, 50, 50, 50, 50]);
    expect(patience(1500)).to.deep.equal([75, 150, 300, 375, 375]);
    expect(patience(60_000)).to.deep.equal([1000, 2000, 2000, 2000, 2000]);
  });

  it('hands out no lease of which less is left than its end is told ahead', () => {
    expect([100, 200, 10_000].map((ttlMs) => leastMs(ttlMs))).to.deep.equal([20, 20, 500]);
  });

  it('keeps the fence counter far beyond any lease', () => {
    const lives = [200, 10_000, 3_600_000].map((ttlMs) => fenceTtlMs(ttlMs));

    expect(lives).to.deep.equal([600_000, 600_000, 7_201_000]);
  });

  it('calls a lease keepable only when a heartbeat that fails leaves time for a second one', () => {
    const keepable = [100, 150, 185, 190, 1000].map((ttlMs) => isKeepable(ttlMs, 50));

    expect(keepable).to.deep.equal([false, false, false, true, true]);
  });

  it('takes the quorum-th latest of the times, so that a quorum of nodes lasts as long', () => {
    const times = [30, 10, 50, 20, 40];

    expect([1, 2, 3, 4, 5].map((quorum) => quorumTime(times, quorum))).to.deep.equal([
      50, 40, 30, 20, 10,
    ]);
  });

  it('counts a node that has confirmed nothing as over long ago', () => {
    expect(quorumTime([100, -Infinity, -Infinity], 2)).to.equal(-Infinity);
    expect(quorumTime([100, 90, -Infinity], 2)).to.equal(90);
    expect(quorumTime([100], 2)).to.equal(-Infinity);
  });

  it('leaves the times as they are', () => {
    const times = Object.freeze([3, 1, 2]);

    expect(quorumTime(times, 2)).to.equal(2);
    expect(times).to.deep.equal([3, 1, 2]);
  });

  it('gives notice earlier by as much as timers are late, and by a fifth of the lease at the most', () => {
    const heads = [0, 100, 200, 500].map((latenessMs) => headStartMs(1000, latenessMs));

    expect(heads).to.deep.equal([0, 100, 200, 200]);
  });

  it('takes a lease for extended lately when that was not much longer ago than a heartbeat', () => {
    expect(freshMs(3000)).to.equal(usableMs(3000) - 1200);
  });

  it('knows of no time where too few nodes have one', () => {
    expect(quorumTime([], 1)).to.equal(-Infinity);
    expect(quorumTime([5], 2)).to.equal(-Infinity);
    expect(quorumTime([5], 1)).to.equal(5);
  });
});
