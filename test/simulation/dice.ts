import {seededRandom} from '../shuffle.js';

/** Chance that is the same for the same seed. */
export class Dice {
  readonly random: () => number;

  constructor(seed: number) {
    this.random = seededRandom(seed);
    // Seeds that follow each other begin alike.
    for (let throws = 0; throws < 5; throws += 1) this.random();
  }

  between(least: number, most: number): number {
    return least + this.random() * (most - least);
  }

  /** A whole number, both ends included. */
  whole(least: number, most: number): number {
    return Math.floor(this.between(least, most + 1));
  }

  happens(rate: number): boolean {
    return this.random() < rate;
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.whole(0, items.length - 1)];
    if (item === undefined) throw new RangeError('Expected `items` not to be empty');
    return item;
  }
}
