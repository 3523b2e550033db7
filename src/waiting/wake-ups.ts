import {onAbort} from './on-abort.js';

/** Hears one channel of one node, and says when it is heard for sure. */
export type Listen = (
  channel: string,
  onNotice: () => void,
) => {readonly heard: Promise<unknown>; readonly stop: () => void};

// How long a channel is kept after its last listener: the next in line will want it too.
const LINGER_MS = 1000;
// Nodes are freed together. Who has heard of one need not wait much longer for the others.
const STRAGGLE_MS = 10;

/** Tells those who wait that a lock was released, so that they need not ask: one subscription for each channel. */
export class WakeUps {
  readonly #listens: readonly (Listen | undefined)[];
  readonly #quorum: number;
  readonly #channels = new Map<string, Channel>();

  /** `listens` has a place for each node, empty where a node has no way to tell. */
  constructor(listens: readonly (Listen | undefined)[], quorum: number) {
    this.#listens = listens;
    this.#quorum = quorum;
  }

  /** A bell that is rung by notices on any of the channels. Dispose of it, or they stay subscribed. */
  hear(names: readonly string[]): Bell {
    return new Bell(names.map((name) => this.#channel(name)));
  }

  /** How many of the channels are being heard. */
  heard(names: readonly string[]): number {
    return names.filter((name) => this.#channels.has(name)).length;
  }

  /** Stops listening at once. */
  close(): void {
    for (const channel of this.#channels.values()) channel.close();
  }

  #channel(name: string): Channel {
    const known = this.#channels.get(name);
    if (known !== undefined) return known;
    const onClose = (): void => void this.#channels.delete(name);
    const channel = new Channel(name, this.#listens, this.#quorum, onClose);
    this.#channels.set(name, channel);
    return channel;
  }
}

/** One channel, on all nodes that can tell, and those who wait for it. */
class Channel {
  /** Resolves when a quorum of nodes is heard, or cannot be. */
  readonly settled: Promise<void>;
  readonly #quorum: number;
  readonly #bells = new Set<Bell>();
  readonly #stops: (() => void)[] = [];
  readonly #onClose: () => void;
  #heardNodes = 0;
  #linger: NodeJS.Timeout | undefined;

  constructor(
    name: string,
    listens: readonly (Listen | undefined)[],
    quorum: number,
    onClose: () => void,
  ) {
    this.#quorum = quorum;
    this.#onClose = onClose;
    this.settled = new Promise((resolve) => {
      const nodes = listens.map((listen, node) => this.#hear(node, listen, name, resolve));
      void Promise.all(nodes).then(() => resolve());
    });
  }

  /** Whether so many nodes are heard that a sleeper may rely on them. */
  get isLive(): boolean {
    return this.#heardNodes >= this.#quorum;
  }

  add(bell: Bell): void {
    clearTimeout(this.#linger);
    this.#bells.add(bell);
  }

  remove(bell: Bell): void {
    this.#bells.delete(bell);
    if (this.#bells.size > 0) return;
    this.#linger = setTimeout(() => this.close(), LINGER_MS);
    this.#linger.unref();
  }

  close(): void {
    clearTimeout(this.#linger);
    this.#onClose();
    for (const stop of this.#stops) stop();
  }

  async #hear(
    node: number,
    listen: Listen | undefined,
    name: string,
    onLive: () => void,
  ): Promise<void> {
    if (listen === undefined) return;
    try {
      const {heard, stop} = listen(name, () => {
        for (const bell of this.#bells) bell.ring(node);
      });
      this.#stops.push(stop);
      await heard;
      this.#heardNodes += 1;
      if (this.isLive) onLive();
    } catch {
      // Without notices of this node the waiting is done by the clock.
    }
  }
}

/** Wakes one who sleeps, once enough nodes have told that they were freed. */
export class Bell {
  readonly #channels: readonly Channel[];
  readonly #rung = new Set<number>();
  #onRing: (() => void) | undefined;

  constructor(channels: readonly Channel[]) {
    this.#channels = channels;
    for (const channel of channels) channel.add(this);
  }

  /** Whether enough nodes tell for a sleeper to rely on them. */
  get isLive(): boolean {
    return this.#channels.every((channel) => channel.isLive);
  }

  /** Resolves when it is live, or cannot be. */
  async settled(): Promise<void> {
    await Promise.all(this.#channels.map((channel) => channel.settled));
  }

  /** For the channels: a node was freed. */
  ring(node: number): void {
    this.#rung.add(node);
    this.#onRing?.();
  }

  /** Forgets what was told: the nodes are about to be asked. */
  reset(): void {
    this.#rung.clear();
  }

  /**
   * Sleeps until `nodes` nodes have told since the last reset, or `ms` are over. Rejects when the signal aborts.
   * Only those in `held` are heeded, if it is given.
   */
  sleep(signal: AbortSignal, ms: number, nodes: number, held?: readonly number[]): Promise<void> {
    const told = (): number =>
      held === undefined ? this.#rung.size : held.filter((node) => this.#rung.has(node)).length;
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const wake = (): void => {
        end();
        resolve();
      };
      let timer = setTimeout(wake, ms);
      const stop = onAbort(signal, () => {
        end();
        reject(signal.reason);
      });
      const end = (): void => {
        this.#onRing = undefined;
        clearTimeout(timer);
        stop();
      };
      this.#onRing = () => {
        if (told() >= nodes) wake();
        else if (told() === 1) {
          clearTimeout(timer);
          timer = setTimeout(wake, Math.min(ms, STRAGGLE_MS));
        }
      };
      if (this.#rung.size > 0) this.#onRing();
    });
  }

  [Symbol.dispose](): void {
    for (const channel of this.#channels) channel.remove(this);
  }
}
