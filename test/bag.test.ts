import {Bag, type Bagged} from '#internal/bag.js';
import {expect} from 'chai';

import {seededRandom} from './shuffle.js';

const thing = (): Bagged => ({place: -1});

describe('a bag', () => {
  it('has what was put in and not taken out again, whatever the order', () => {
    const random = seededRandom(7);
    const bag = new Bag<Bagged>();
    const things = Array.from({length: 50}, thing);
    const inside = new Set<Bagged>();

    for (let turn = 0; turn < 5000; turn += 1) {
      const one = things[Math.floor(random() * things.length)] ?? thing();
      if (inside.has(one)) {
        expect(bag.delete(one)).to.equal(true);
        inside.delete(one);
      } else {
        expect(bag.delete(one)).to.equal(false);
        bag.add(one);
        inside.add(one);
      }
      expect(bag.size).to.equal(inside.size);
      expect([...bag]).to.have.members([...inside]);
    }
  });

  it('gives all that is in it, and is empty then', () => {
    const bag = new Bag<Bagged>();
    const things = [thing(), thing(), thing()];
    for (const one of things) bag.add(one);

    const all = bag.takeAll();

    expect(all).to.have.members(things);
    expect(bag.size).to.equal(0);
    expect(things.map((one) => bag.delete(one))).to.deep.equal([false, false, false]);
    bag.add(all[0] ?? thing());
    expect([...bag]).to.deep.equal([all[0]]);
  });

  it('knows nothing of what was never in it', () => {
    const bag = new Bag<Bagged>();
    bag.add(thing());

    expect(bag.delete(thing())).to.equal(false);
    expect(bag.size).to.equal(1);
  });
});
