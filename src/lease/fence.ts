/** What each node counted up to for each resource, in the order of the nodes; undefined for one that granted nothing. */
export type Grants = readonly (readonly number[] | undefined)[];

const NONE: readonly number[] = [];

/** What a quorum's grants say about the fences of a lease. */
export interface Fences {
  /** The fence of each resource: the largest that was granted. */
  readonly fences: readonly number[];
  /** The nodes whose counters stand lower for some resource, and so must be raised before the lease counts. */
  readonly behind: readonly number[];
}

/**
 * Settles the fences of a lease from what the granting nodes counted up to.
 *
 * Every node whose counter stands exactly at the fence has in effect accepted it when it granted. Once a quorum has,
 * any later acquisition meets one of these nodes, and is numbered higher there.
 */
export function settleFences(grants: Grants): Fences {
  let fences = NONE;
  let areEqual = true;
  for (const counted of grants) {
    if (counted === undefined) continue;
    if (fences === NONE) fences = counted;
    else areEqual &&= counted.every((fence, resource) => fence === fences[resource]);
  }
  if (areEqual) return {fences, behind: NONE};
  fences = fences.map((_, resource) =>
    Math.max(...grants.map((counted) => counted?.[resource] ?? 0)),
  );
  const isBehind = (counted: readonly number[]): boolean =>
    counted.some((fence, resource) => fence < (fences[resource] ?? 0));
  const behind = grants.flatMap((counted, node) =>
    counted !== undefined && isBehind(counted) ? [node] : [],
  );
  return {fences, behind};
}
