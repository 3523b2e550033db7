/** The same numbers from 0 up to 1 for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = Math.trunc(state + 0x6d_2b_79_f5);
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The items in an order that hangs on `random` alone. */
export function shuffle<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({item, place: random()}))
    .toSorted((a, b) => a.place - b.place)
    .map(({item}) => item);
}

/** Every order of the items. */
export function permutations<T>(items: readonly T[]): T[][] {
  const [first, ...rest] = items;
  if (first === undefined) return [[]];
  return permutations(rest).flatMap((order) =>
    items.map((_, place) => order.toSpliced(place, 0, first)),
  );
}
