import {NodeError} from '../errors.js';
import type {Node} from '../redis/node.js';
import {release, type Call, type ReleaseVote} from '../redis/scripts.js';
import type {Clock} from './clock.js';

/**
 * Frees what a token may hold on a node, and goes on trying where the node does not answer.
 *
 * A command that was given up on may still run, so it is not enough to send the release once: it is sent again until
 * the node has confirmed it, or the keys have ended by themselves.
 */
export class CleanUp {
  readonly #clock: Clock;
  readonly #timers = new Set<NodeJS.Timeout>();
  #isClosed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Resolves to yes when every lock was ours and is free now.
   *
   * @throws {NodeError} when the first try failed; those that follow, until `until`, are made behind the scenes.
   */
  free(node: Node, call: Call, fences: readonly number[], until: number): Promise<ReleaseVote> {
    return release(node, call, fences).catch((error: unknown) => {
      this.#tryLater(node, call, fences, until, call.nodeTimeoutMs);
      throw error;
    });
  }

  /** Stops trying. What has not been freed by then ends by itself. */
  close(): void {
    this.#isClosed = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  #tryLater(
    node: Node,
    call: Call,
    fences: readonly number[],
    until: number,
    pauseMs: number,
  ): void {
    if (this.#isClosed || this.#clock.now() + pauseMs > until) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      release(node, call, fences).catch((error: unknown) => {
        if (!(error instanceof NodeError)) throw error;
        this.#tryLater(node, call, fences, until, pauseMs * 2);
      });
    }, pauseMs);
    // A process that has nothing else to do need not wait for a node that is away.
    timer.unref();
    this.#timers.add(timer);
  }
}
