import type {RedisClient} from '../redis/client.js';

// A lock that is held for less is not worth a subscription, which may take a connection of its own.
const LISTEN_AFTER_MS = 100;
// How often it is looked whether the subscription is still needed.
const LOOK_EVERY_MS = 1000;

export interface ForcedReleasesOptions {
  /** A place for each node, empty where a node has no way to tell. */
  readonly listens: readonly RedisClient['listen'][];
  readonly channel: string;
  /** Whether the locker holds anything. */
  readonly isHolding: () => boolean;
  /** A node has freed a lock of this token, at somebody's wish. */
  readonly onForced: (node: number, token: string) => void;
}

/**
 * Hears that somebody has freed a lock of this locker by force: on one channel for all of its locks, and only while it
 * holds any. Messages may be lost; then the next extension tells.
 */
export class ForcedReleases {
  readonly #options: ForcedReleasesOptions;
  #stops: readonly (() => void)[] | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Whether anything was obtained since it was looked last. */
  #hasBegun = false;

  constructor(options: ForcedReleasesOptions) {
    this.#options = options;
  }

  /** A lock was obtained. */
  begin(): void {
    this.#hasBegun = true;
    if (this.#timer === undefined) this.#lookIn(LISTEN_AFTER_MS);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#stop();
  }

  #lookIn(ms: number): void {
    this.#timer = setTimeout(() => this.#look(), ms);
    // It is of no use to a process that has nothing else to do.
    this.#timer.unref();
  }

  #look(): void {
    this.#timer = undefined;
    const isHolding = this.#options.isHolding();
    if (isHolding) this.#stops ??= this.#listen();
    else if (!this.#hasBegun) this.#stop();
    this.#hasBegun = false;
    if (this.#stops !== undefined) this.#lookIn(LOOK_EVERY_MS);
  }

  #listen(): readonly (() => void)[] {
    const {listens, channel, onForced} = this.#options;
    return listens.flatMap((listen, node) => {
      if (listen === undefined) return [];
      try {
        const {heard, stop} = listen(channel, (token) => {
          if (token !== undefined) onForced(node, token);
        });
        heard.catch(() => {});
        return [stop];
      } catch {
        return [];
      }
    });
  }

  #stop(): void {
    for (const stop of this.#stops ?? []) stop();
    this.#stops = undefined;
  }
}
