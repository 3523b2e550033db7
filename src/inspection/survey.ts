import {NodeError} from '../errors.js';
import type {Ask} from '../redis/ask.js';
import type {Node} from '../redis/node.js';

/** Asks all nodes, and waits for each of them to answer or to fail. */
export const survey = <T>(
  nodes: readonly Node[],
  ask: Ask<T>,
): Promise<readonly (T | NodeError)[]> =>
  Promise.all(
    nodes.map((node) =>
      node.run(ask).catch((error: unknown) => {
        if (error instanceof NodeError) return error;
        throw error;
      }),
    ),
  );
