import * as scripts from '#internal/redis/scripts.generated.js';
import {expect} from 'chai';

import {CONTROLS, MUTATIONS, PARTS} from './mutations.js';
import {simulateSeeds} from './simulate-seeds.js';
import {unseenRaise} from './unseen-raise.js';

describe('the checker of the simulation', function () {
  this.timeout(180_000);

  it('breaks rules that are there', () => {
    for (const [name, parts] of Object.entries(PARTS)) {
      const text = Object.entries(scripts).find(([each]) => each === name)?.[1].text ?? '';
      for (const part of parts) expect(text).to.include(part);
    }
  });

  for (const [rule, {finds = /./, mostSeeds = 400}] of Object.entries(MUTATIONS)) {
    it(`catches: ${rule}`, async () => {
      const {failures} = await simulateSeeds({
        from: 1,
        count: mostSeeds,
        mutation: rule,
        isToStop: true,
      });

      expect(failures.flatMap(({violations}) => violations).join('\n')).to.match(finds);
    });
  }

  it('catches: RAISE is sent to nodes whose grant was not seen as well', async () => {
    const [first, second] = await unseenRaise(true);
    expect(second).to.be.below(first);

    const [before, after] = await unseenRaise(false);
    expect(after).to.be.above(before);
  });

  for (const control of Object.keys(CONTROLS)) {
    it(`finds nothing where nothing is broken: ${control}`, async () => {
      const {failures} = await simulateSeeds({from: 1, count: 10, mutation: control});

      expect(failures.flatMap(({violations}) => violations).join('\n')).to.equal('');
    });
  }
});
