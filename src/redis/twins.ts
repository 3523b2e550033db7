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
  /** Those whose answers are yet to come, or to be read. */
  readonly #asked = new Map<Node, Promise<void>>();
  readonly #known = new Map<string, Node>();
  #error: RangeError | undefined;

  constructor(nodes: readonly Node[]) {
    this.#toAsk = new Set(nodes.length > 1 ? nodes : []);
  }

  /**
   * Sends the questions. They cost no time: on each connection the answer comes before that of any command sent later,
   * so that once a vote is decided those of the servers that took part in it are there.
   */
  ask(timeoutMs: number): void {
    for (const node of this.#toAsk) {
      this.#toAsk.delete(node);
      const asking = this.#identify(node, timeoutMs).finally(() => this.#asked.delete(node));
      this.#asked.set(node, asking);
    }
  }

  /** Resolves when it is known which servers those nodes are that took part; undefined when it is known by now. */
  identified(tookPart: (node: number) => boolean): Promise<unknown> | undefined {
    if (this.#asked.size === 0) return undefined;
    const asked = [...this.#asked].filter(([{index}]) => tookPart(index));
    return asked.length === 0 ? undefined : Promise.all(asked.map(([, asking]) => asking));
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
