import {UnderWay} from '#internal/lease/under-way.js';
import {expect} from 'chai';

import {Deferred} from '../deferred.js';
import {flush} from '../flush.js';
import {rejectionOf} from '../rejection.js';

/** Whether nothing is under way, as seen from outside. */
class Idle {
  isReached = false;

  constructor(underWay: UnderWay) {
    void underWay.idle().then(() => (this.isReached = true));
  }
}

const turns = async (count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn += 1) await flush();
};

describe('what is under way', () => {
  it('is waited for until the last of it has ended, well or not', async () => {
    const underWay = new UnderWay();
    const [one, other] = [new Deferred<string>(), new Deferred<string>()];
    const outcomes = [underWay.during(one.promise), underWay.during(other.promise)];
    const failure = rejectionOf(outcomes[1] ?? one.promise);
    const idle = new Idle(underWay);
    await turns(3);
    const atFirst = idle.isReached;
    one.resolve('done');
    await turns(3);
    const afterOne = idle.isReached;

    other.reject('not done');
    await turns(3);

    expect([atFirst, afterOne, idle.isReached]).to.deep.equal([false, false, true]);
    expect(await outcomes[0]).to.equal('done');
    expect(await failure).to.equal('not done');
  });

  it('includes what is started in the turn in which the last of it has ended', async () => {
    const underWay = new UnderWay();
    underWay.begin();
    const idle = new Idle(underWay);
    await turns(2);

    underWay.end();
    await Promise.resolve();
    underWay.begin();
    await turns(3);
    const before = idle.isReached;
    underWay.end();
    await turns(3);

    expect([before, idle.isReached]).to.deep.equal([false, true]);
  });

  it('includes what is started in the turn in which it is asked for', async () => {
    const underWay = new UnderWay();
    const idle = new Idle(underWay);
    underWay.begin();
    await turns(3);

    expect(idle.isReached).to.equal(false);
  });
});
