import {Forecast, padded, quorumWait} from '#internal/waiting/forecast.js';
import {expect} from 'chai';

describe('a forecast', () => {
  let nowMs: number;
  let forecast: Forecast;

  beforeEach(() => {
    nowMs = 5000;
    forecast = new Forecast(2, () => nowMs);
  });

  it('takes the wait after which a quorum is free', () => {
    expect(quorumWait([700], 1)).to.equal(700);
    expect(quorumWait([900, 0, 300], 2)).to.equal(300);
    expect(quorumWait([900, Infinity, 300, 400, 0], 3)).to.equal(400);
    expect(quorumWait([900, Infinity, Infinity], 2)).to.equal(Infinity);
  });

  it('adds a little by chance, at most a tenth and 51 ms', () => {
    expect(padded(100, () => 0)).to.equal(101);
    expect(padded(100, () => 0.5)).to.equal(106);
    expect(padded(60_000, () => 0.5)).to.equal(60_026);
  });

  it('says that a lock may be free when nobody has told that it is not', () => {
    forecast.answered([1000, 1000, 1000], 1000);

    expect(forecast.leftMs).to.equal(0);
  });

  it('goes by the time to live that was told last, for each node', () => {
    forecast.answered([1000, 1000, Infinity], 1000);
    forecast.extended(0, 3000);
    forecast.extended(1, 2000);
    const atFirst = forecast.leftMs;

    nowMs += 1500;
    forecast.extended(0, 3000);
    forecast.extended(1, 3000);

    expect(atFirst).to.equal(2000);
    expect(forecast.leftMs).to.equal(3000);
  });

  it('is not moved by the extension of fewer nodes than would leave no quorum', () => {
    forecast.answered([1000, 1000, 1000], 1000);

    forecast.extended(2, 60_000);

    expect(forecast.leftMs).to.equal(1000);
  });

  it('is not shortened by a shorter time to live', () => {
    const one = new Forecast(1, () => nowMs);
    one.answered([1000], 1000);

    one.extended(0, 5000);
    one.extended(0, 2000);

    expect(one.leftMs).to.equal(5000);
  });

  it('forgets with a reset what was told before, and not what is told after it', () => {
    forecast.extended(0, 60_000);
    forecast.extended(1, 60_000);

    forecast.reset();
    forecast.extended(0, 2000);
    forecast.extended(1, 2000);
    forecast.answered([500, 500, 500], 500);

    expect(forecast.leftMs).to.equal(2000);
  });
});
