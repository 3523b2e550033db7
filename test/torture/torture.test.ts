import {expect} from 'chai';

import {ownServersOnly} from '../redis/own-servers-only.js';
import {run} from './run.js';
import {scenarioOf} from './scenarios.js';

/** A short run of `npm run torture -- --real`. The seed stands for the faults, not for what the processes make of them. */
async function torture(scenario: string, seed: number): Promise<void> {
  const {violations, outcome} = await run({
    scenario: scenarioOf(scenario),
    subject: 'ours',
    seed,
    ttlMs: 600,
    contenders: 2,
    faultsMs: 2000,
  });
  expect(outcome.sections).to.be.above(0);
  expect(violations).to.deep.equal([]);
}

describe('processes under torture', function () {
  this.timeout(60_000);

  before(ownServersOnly);

  it('keep every promise whatever fails within the assumptions', () => torture('mixed', 11));

  it('never hold at once when the holder is frozen, and know as soon as it wakes up', () =>
    torture('client-frozen', 12));

  it('keep the order of their fences when nodes lose everything', () =>
    torture('nodes-flushed', 13));
});
