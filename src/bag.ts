/** Something that can be in a bag. */
export interface Bagged {
  /** For the bag alone: where it is in there, -1 outside. */
  place: number;
}

/**
 * Things in no order, each of which can be taken out at once.
 *
 * A `Set` can do that too, but not for long: whenever it has been filled it is copied, and the old copy, once it has grown
 * old, keeps alive whatever has been in the new one. Where things come and go a hundred thousand times a second,
 * collecting them took as long as all the rest.
 */
export class Bag<T extends Bagged> implements Iterable<T> {
  readonly #items: T[] = [];

  get size(): number {
    return this.#items.length;
  }

  /** Puts in what is in no bag. */
  add(item: T): void {
    item.place = this.#items.push(item) - 1;
  }

  /** Takes something out. Returns whether it was there. */
  delete(item: T): boolean {
    const {place} = item;
    if (place === -1) return false;
    const last = this.#items.pop();
    if (last !== undefined && last !== item) {
      this.#items[place] = last;
      last.place = place;
    }
    item.place = -1;
    return true;
  }

  /** Takes out everything. */
  takeAll(): readonly T[] {
    const all = this.#items.splice(0);
    for (const item of all) item.place = -1;
    return all;
  }

  /** What is in it. Nothing may be put in or taken out meanwhile. */
  [Symbol.iterator](): IterableIterator<T> {
    return this.#items.values();
  }
}
