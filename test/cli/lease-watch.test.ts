import {expect} from 'chai';
import {mock} from 'node:test';

import {LeaseWatch} from '#internal/cli/process/lease-watch.js';

class FakeTenure {
  readonly controller = new AbortController();
  endsAt = Date.now() + 10_000;

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  get remainingMs(): number {
    return this.endsAt - Date.now();
  }
}

describe('the watch over a lease', () => {
  const ends: string[] = [];
  let watch: LeaseWatch;
  const onEnd = (why: string): number => ends.push(why);

  beforeEach(() => {
    ends.length = 0;
    mock.timers.enable({apis: ['setTimeout', 'Date']});
  });

  afterEach(() => {
    watch.stop();
    mock.timers.reset();
  });

  it('tells the margin ahead of an end that nobody has put off', () => {
    watch = new LeaseWatch(new FakeTenure(), 2500, onEnd);
    mock.timers.tick(7499);
    const before = watch.why;
    mock.timers.tick(1);

    expect(before).to.equal(undefined);
    expect(ends).to.have.lengthOf(1);
    expect(ends[0]).to.contain('could not be extended');
  });

  it('goes by the end as it is put off', () => {
    const tenure = new FakeTenure();
    watch = new LeaseWatch(tenure, 2500, onEnd);
    mock.timers.tick(7000);
    tenure.endsAt += 5000;
    mock.timers.tick(5499);
    const before = ends.length;
    mock.timers.tick(1);

    expect([before, ends.length]).to.deep.equal([0, 1]);
  });

  it('tells at once, and once, why it was ended', () => {
    const tenure = new FakeTenure();
    watch = new LeaseWatch(tenure, 2500, onEnd);

    tenure.controller.abort(new Error('somebody said so'));
    mock.timers.tick(60_000);

    expect(ends).to.deep.equal(['somebody said so']);
  });

  it('tells of an end that came before it', () => {
    const tenure = new FakeTenure();
    tenure.controller.abort(new Error('before'));
    watch = new LeaseWatch(tenure, 2500, onEnd);

    expect(ends).to.deep.equal(['before']);
  });

  it('tells nothing once nobody watches', () => {
    const tenure = new FakeTenure();
    watch = new LeaseWatch(tenure, 2500, onEnd);
    watch.stop();

    tenure.controller.abort(new Error('late'));
    mock.timers.tick(60_000);

    expect(ends).to.deep.equal([]);
  });
});
