/** One stay inside: from the moment the lock was obtained until it was given back, or its holder was killed. */
export interface Turn {
  readonly pid: number;
  readonly fence: number;
  readonly acquiredAt: number;
  readonly endedAt: number | undefined;
  readonly wasKilled: boolean;
}

/** How long the lock was on its way to this turn from the one before; undefined for the first. */
export function handOverMs(turns: readonly Turn[], index: number): number | undefined {
  const turn = turns[index];
  const before = turns[index - 1];
  if (turn === undefined || before?.endedAt === undefined) return undefined;
  return turn.acquiredAt - before.endedAt;
}

/** The hand-overs by release, and those from a holder that was killed. */
export function handOvers(turns: readonly Turn[]): {released: number[]; killed: number[]} {
  const released: number[] = [];
  const killed: number[] = [];
  for (const index of turns.keys()) {
    const ms = handOverMs(turns, index);
    if (ms !== undefined) (turns[index - 1]?.wasKilled === true ? killed : released).push(ms);
  }
  return {released, killed};
}

/** The middle one; undefined when there is none. */
export function median(values: readonly number[]): number | undefined {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}
