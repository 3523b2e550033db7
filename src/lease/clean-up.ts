import type {Ask} from '../redis/ask.js';
import type {Node} from '../redis/node.js';
import type {ReleaseVote} from '../redis/scripts.js';
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

  /** Resolves when the first try has ended. If it failed, others follow until `until`, behind the scenes. */
  async free(node: Node, release: Ask<ReleaseVote>, until: number): Promise<void> {
    try {
      await node.run(release);
    } catch {
      this.retry(node, release, until);
    }
  }

  /** Tries again, in a while, what has failed once. */
  retry(
    node: Node,
    release: Ask<ReleaseVote>,
    until: number,
    pauseMs: number = release.timeoutMs,
  ): void {
    if (this.#isClosed || this.#clock.now() + pauseMs > until) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      node.run(release).catch(() => this.retry(node, release, until, pauseMs * 2));
    }, pauseMs);
    // A process that has nothing else to do need not wait for a node that is away.
    timer.unref();
    this.#timers.add(timer);
  }

  /** Stops trying. What has not been freed by then ends by itself. */
  close(): void {
    this.#isClosed = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }
}
