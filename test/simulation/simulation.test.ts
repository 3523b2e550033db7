import {expect} from 'chai';

import {simulateSeeds, type Failure} from './simulate-seeds.js';

const FIRST = Number(process.env['SEED'] ?? 1);
const COUNT = process.env['SEED'] === undefined ? 1000 : 1;

/** What is seen of a failure: what was violated, and all that happened before. */
const told = ({seed, violations, history}: Failure): string =>
  `seed ${seed}: ${violations.join('; ')}\n${history}\nagain: npm run torture -- --seed ${seed}`;

describe('a simulation', function () {
  this.timeout(600_000);

  it('finds no two holders, no fence out of order, nothing left behind and nobody stuck', async () => {
    const {seeds, sections, failures} = await simulateSeeds({from: FIRST, count: COUNT});

    expect(failures.slice(0, 3).map(told).join('\n\n')).to.equal('');
    expect(seeds).to.equal(COUNT);
    expect(sections).to.be.above(5 * COUNT);
  });
});
