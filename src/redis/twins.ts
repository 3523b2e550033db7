import {NodeError} from '../errors.js';
import type {Node} from './node.js';

/**
 * Finds nodes that are one and the same server, by the `run_id` in `INFO`.
 *
 * Two of them would be one vote counted twice: the lock would still exclude, but bear less than it seems to. A server
 * that refuses to tell is taken to be itself; one that did not answer is asked again.
 */
export class Twins {
  readonly #toAsk: Set<Node>;
  readonly #known = new Map<string, Node>();
  #error: RangeError | undefined;

  constructor(nodes: readonly Node[]) {
    this.#toAsk = new Set(nodes.length > 1 ? nodes : []);
  }

  /**
   * Sends the questions. They need not be waited for: on each connection the answer comes before that of any command
   * sent later, so that once a vote is decided the servers that took part in it are known.
   */
  ask(timeoutMs: number): void {
    for (const node of this.#toAsk) {
      this.#toAsk.delete(node);
      void this.#identify(node, timeoutMs);
    }
  }

  /** Whether two nodes have been found to be one server. */
  get areFound(): boolean {
    return this.#error !== undefined;
  }

  /** @throws {RangeError} when two nodes have been found to be one server. */
  refuse(): void {
    if (this.#error !== undefined) throw this.#error;
  }

  async #identify(node: Node, timeoutMs: number): Promise<void> {
    try {
      const runId = await node.runId(timeoutMs);
      if (runId === undefined) return;
      const twin = this.#known.get(runId) ?? node;
      this.#known.set(runId, twin);
      if (twin === node) return;
      this.#error = new RangeError(
        `Expected \`nodes\` to be different servers, got one server as node ${twin.index} and node ${node.index}`,
      );
    } catch (error) {
      if (error instanceof NodeError && error.replyCode === undefined) this.#toAsk.add(node);
    }
  }
}
