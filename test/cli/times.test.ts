import {expect} from 'chai';

import {parseTime, timeText} from '#internal/cli/times.js';

describe('a time on the command line', () => {
  it('has a unit', () => {
    const times = ['500ms', '10s', '1.5m', '2h', '1d', '0s'].map(parseTime);

    expect(times).to.deep.equal([500, 10_000, 90_000, 7_200_000, 86_400_000, 0]);
  });

  it('is nothing else', () => {
    for (const text of ['', '10', 's', '10 s', '-1s', '1e3s', '1.s', '10S', '10sec', '1m30s']) {
      expect(parseTime(text), text).to.equal(undefined);
    }
  });
});

describe('a time for people', () => {
  it('has two units at the most, and none that does not matter', () => {
    const texts = [0, 640, 999.4, 7234, 59_949, 59_960, 192_000, 3_599_900, 7_500_000, 781_200_000];

    expect(texts.map(timeText)).to.deep.equal([
      '0 ms',
      '640 ms',
      '999 ms',
      '7.2 s',
      '59.9 s',
      '1 m',
      '3 m 12 s',
      '1 h',
      '2 h 5 m',
      '9 d 1 h',
    ]);
    expect(timeText(Infinity)).to.equal('no end');
  });
});
