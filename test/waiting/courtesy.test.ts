import {Courtesy} from '#internal/waiting/courtesy.js';
import type {Run} from '#internal/waiting/local-queue.js';
import {expect} from 'chai';

import {usedBytes} from '../used-bytes.js';

const runOf = (count: number, isLong = false): Run => ({count, isLong});

describe('courtesy', () => {
  let nowMs: number;
  let courtesy: Courtesy;

  beforeEach(() => {
    nowMs = 1000;
    courtesy = new Courtesy(() => nowMs);
  });

  it('asks for no pause when nobody else was waiting', () => {
    courtesy.released(['a'], false);

    expect(courtesy.pauseMs(['a'], runOf(0))).to.equal(0);
    expect(courtesy.pauseMs(['never seen'], runOf(0))).to.equal(0);
  });

  it('asks for a pause right after a release for which others were listening, and only on that resource', () => {
    courtesy.released(['a'], true);

    expect(courtesy.pauseMs(['a'], runOf(0))).to.equal(5);
    expect(courtesy.pauseMs(['b'], runOf(0))).to.equal(0);
    expect(courtesy.pauseMs(['b', 'a'], runOf(0))).to.equal(5);
  });

  it('takes the time that has passed since the release for a part of the pause', () => {
    courtesy.released(['a'], true);

    nowMs += 3;
    const soon = courtesy.pauseMs(['a'], runOf(0));
    nowMs += 2;
    const later = courtesy.pauseMs(['a'], runOf(0));

    expect(soon).to.equal(2);
    expect(later).to.equal(0);
  });

  it('goes by the latest release', () => {
    courtesy.released(['a'], true);
    courtesy.released(['a'], false);

    expect(courtesy.pauseMs(['a'], runOf(0))).to.equal(0);
  });

  it('breaks a run of one process every 16 turns, and lets it go on in between', () => {
    courtesy.released(['a'], true);

    const pauses = Array.from({length: 40}, (_, index) =>
      courtesy.pauseMs(['a'], runOf(index + 1)),
    );

    expect(pauses.flatMap((ms, index) => (ms > 0 ? [index + 1] : []))).to.deep.equal([16, 32]);
    expect(Math.max(...pauses)).to.equal(5);
  });

  it('breaks a run that has gone on for long though nobody else is known to wait, for those who cannot listen', () => {
    const pauses = Array.from({length: 140}, (_, index) =>
      courtesy.pauseMs(['a'], runOf(index + 1)),
    );

    expect(Math.max(...pauses)).to.equal(0);
    expect(courtesy.pauseMs(['a'], runOf(3, true))).to.equal(5);
  });

  it('forgets after a second, so that its memory does not grow with the names it has seen', async () => {
    const before = await usedBytes();

    for (let name = 0; name < 200_000; name += 1) {
      nowMs += 1;
      courtesy.released([`one of many names: ${name}`], true);
    }
    const grownBytes = (await usedBytes()) - before;

    expect(globalThis.gc).to.be.a('function');
    expect(courtesy.pauseMs(['one of many names: 199999'], runOf(0))).to.equal(5);
    expect(grownBytes).to.be.below(5_000_000);
  });
});
