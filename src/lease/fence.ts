/** A node, and what it counted up to for each resource. */
export type Grant = readonly [node: number, fences: readonly number[]];

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
export function settleFences(grants: readonly Grant[]): Fences {
  const counted = grants.map(([, fences]) => fences);
  const [only = []] = counted;
  if (counted.length === 1) return {fences: only, behind: NONE};
  const fences = only.map((_, resource) =>
    Math.max(...counted.map((grant) => grant[resource] ?? 0)),
  );
  const isBehind = (grant: readonly number[]): boolean =>
    grant.some((fence, resource) => fence < (fences[resource] ?? 0));
  const behind = grants.flatMap(([node, grant]) => (isBehind(grant) ? [node] : []));
  return {fences, behind};
}
