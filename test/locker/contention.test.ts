import {expect} from 'chai';
import {Locker} from 'holdfast';

import {until} from '../until.js';
import {newName} from './names.js';
import {at, keyOf, Nodes} from './nodes.js';

const lockers = 8;
const sections = 5;

describe('lockers that split the votes of three nodes', () => {
  let nodes: Nodes;

  before(async () => {
    nodes = await Nodes.start(3);
  });

  after(async () => {
    await nodes.stop();
  });

  it('all have their turns in time, one at a time', async function () {
    this.timeout(40_000);
    const name = newName();
    const all = Array.from({length: lockers}, () => {
      return new Locker(nodes.connect(), {timeoutMs: 20_000});
    });
    await Promise.all(all.map((locker) => locker.using(newName('warm-up'), () => {})));
    const fences: number[] = [];
    const overlaps: number[] = [];
    let inside = 0;
    const takeTurns = async (locker: Locker): Promise<void> => {
      for (let section = 0; section < sections; section += 1) {
        await locker.using(name, async ({fence}) => {
          inside += 1;
          fences.push(fence);
          await at(nodes.direct, 0).ping();
          if (inside !== 1) overlaps.push(fence);
          inside -= 1;
        });
      }
    };

    const ends = await Promise.allSettled(all.map((locker) => takeTurns(locker)));
    await Promise.all(all.map((locker) => locker.close()));

    expect(ends.filter(({status}) => status === 'rejected')).to.deep.equal([]);
    expect(overlaps).to.deep.equal([]);
    expect(fences).to.have.lengthOf(lockers * sections);
    expect(fences).to.deep.equal(fences.toSorted((a, b) => a - b));
    await until(async () => (await nodes.count(keyOf(name))) === 0);
  });

  it('all have their turns in time where they ask in the very same moment, each time', async function () {
    this.timeout(40_000);
    const all = Array.from({length: lockers}, () => {
      return new Locker(nodes.connect(), {timeoutMs: 20_000});
    });
    await Promise.all(all.map((locker) => locker.using(newName('warm-up'), () => {})));

    const fences: number[][] = [];
    for (let round = 0; round < sections; round += 1) {
      const name = newName();
      fences.push(await Promise.all(all.map((locker) => locker.using(name, ({fence}) => fence))));
    }
    await Promise.all(all.map((locker) => locker.close()));

    for (const each of fences) expect(new Set(each).size).to.equal(lockers);
  });
});
