import {expect} from 'chai';
import {until} from './until.js';

describe('until', () => {
  it('resolves once the condition holds, whatever it threw before', async () => {
    let calls = 0;

    await until(() => {
      calls += 1;
      if (calls === 1) throw new Error('not yet');
      return calls === 3;
    });

    expect(calls).to.equal(3);
  });

  it('rejects with what the condition threw last', async () => {
    const cause = new Error('never');

    const failure = await until(() => Promise.reject(cause), 10).catch((error: unknown) => error);

    expect(failure).to.be.an('error').with.property('cause', cause);
  });
});
