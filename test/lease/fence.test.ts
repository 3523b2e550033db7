import {settleFences} from '#internal/lease/fence.js';
import {expect} from 'chai';

import {seededRandom} from '../shuffle.js';

describe('the fences of a lease', () => {
  it('are those that all nodes counted up to, and no node is behind', () => {
    const settled = settleFences([
      [7, 9],
      [7, 9],
      [7, 9],
    ]);

    expect(settled).to.deep.equal({fences: [7, 9], behind: []});
  });

  it('are the largest that were granted, and the nodes that stand lower are behind', () => {
    const settled = settleFences([[5], undefined, [8], undefined, [7]]);

    expect(settled).to.deep.equal({fences: [8], behind: [0, 4]});
  });

  it('are taken resource by resource: a node that is ahead with one can be behind with another', () => {
    const settled = settleFences([undefined, [10, 1, 3], [9, 2, 3], [10, 2, 3]]);

    expect(settled).to.deep.equal({fences: [10, 2, 3], behind: [1, 2]});
  });

  it('are those of the only node that granted', () => {
    expect(settleFences([undefined, undefined, [42]])).to.deep.equal({fences: [42], behind: []});
  });

  it('are never below what any node granted, and exactly the nodes that equal them are not behind', () => {
    const random = seededRandom(3);
    for (let run = 0; run < 500; run += 1) {
      const resources = 1 + Math.floor(random() * 3);
      const nodes = 1 + Math.floor(random() * 5);
      const grants = Array.from({length: nodes}, () =>
        Array.from({length: resources}, () => 1 + Math.floor(random() * 3)),
      );

      const {fences, behind} = settleFences(grants);

      for (const [node, grant] of grants.entries()) {
        const isEqual = grant.every((fence, index) => fence === fences[index]);
        expect(behind.includes(node)).to.equal(!isEqual);
        for (const [index, fence] of grant.entries()) expect(fences[index]).to.be.at.least(fence);
      }
      for (const [index, fence] of fences.entries()) {
        expect(grants.some((grant) => grant[index] === fence)).to.equal(true);
      }
    }
  });
});
