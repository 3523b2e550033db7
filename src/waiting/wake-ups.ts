import {onAbort} from './on-abort.js';

/** Hears one channel of one node. Resolves, once it is heard for sure, to what ends it. */
export type Listen = (channel: string, onNotice: () => void) => Promise<() => Promise<void>>;

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
    const channels = names.map((name) => this.#channel(name));
    return new Bell(channels, this.#quorum);
  }

  /** Whether one of the channels is being heard. */
  isHearing(names: readonly string[]): boolean {
    return names.some((name) => this.#channels.has(name));
  }

  /** Stops listening to what nobody waits for any more. */
  async close(): Promise<void> {
    await Promise.all([...this.#channels.values()].map((channel) => channel.close()));
  }

  #channel(name: string): Channel {
    const known = this.#channels.get(name);
    if (known !== undefined) return known;
    const channel = new Channel(name, this.#listens, () => this.#channels.delete(name));
    this.#channels.set(name, channel);
    return channel;
  }
}

/** One channel, on all nodes that can tell, and those who wait for it. */
class Channel {
  readonly #bells = new Set<Bell>();
  readonly #subscribing: Promise<void>[];
  readonly #stops: (() => Promise<void>)[] = [];
  readonly #onClose: () => void;
  #linger: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(name: string, listens: readonly (Listen | undefined)[], onClose: () => void) {
    this.#onClose = onClose;
    this.#subscribing = listens.flatMap((listen, node) =>
      listen === undefined ? [] : [this.#subscribe(node, listen, name)],
    );
  }

  /** On how many nodes it is heard. */
  get liveNodes(): number {
    return this.#stops.length;
  }

  /** Resolves once every node has either been subscribed to or refused. */
  async settled(): Promise<void> {
    await Promise.all(this.#subscribing);
  }

  add(bell: Bell): void {
    clearTimeout(this.#linger);
    this.#bells.add(bell);
  }

  remove(bell: Bell): void {
    this.#bells.delete(bell);
    if (this.#bells.size > 0) return;
    this.#linger = setTimeout(() => void this.close(), LINGER_MS);
    this.#linger.unref();
  }

  async close(): Promise<void> {
    clearTimeout(this.#linger);
    if (this.#isClosed || this.#bells.size > 0) return;
    this.#isClosed = true;
    this.#onClose();
    await this.settled();
    // A channel that can no longer be left is on a connection that is gone.
    await Promise.allSettled(this.#stops.map((stop) => stop()));
  }

  async #subscribe(node: number, listen: Listen, name: string): Promise<void> {
    try {
      const stop = await listen(name, () => {
        for (const bell of this.#bells) bell.ring(node);
      });
      this.#stops.push(stop);
    } catch {
      // Without notices of this node the waiting is done by the clock.
    }
  }
}

/** Wakes one who sleeps, once enough nodes have told that they were freed. */
export class Bell {
  readonly #channels: readonly Channel[];
  readonly #quorum: number;
  readonly #rung = new Set<number>();
  #onRing: (() => void) | undefined;

  constructor(channels: readonly Channel[], quorum: number) {
    this.#channels = channels;
    this.#quorum = quorum;
    for (const channel of channels) channel.add(this);
  }

  /** Whether enough nodes tell for a sleeper to rely on them. */
  get isLive(): boolean {
    return this.#channels.every((channel) => channel.liveNodes >= this.#quorum);
  }

  /** Resolves when all is subscribed to that can be. */
  async settled(): Promise<void> {
    await Promise.all(this.#channels.map((channel) => channel.settled()));
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

  /** Sleeps until `nodes` nodes have told since the last reset, or `ms` are over. Rejects when the signal aborts. */
  sleep(signal: AbortSignal, ms: number, nodes: number): Promise<void> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      let timer = setTimeout(() => end(), ms);
      const stop = onAbort(signal, () => {
        end();
        reject(signal.reason);
      });
      const end = (): void => {
        this.#onRing = undefined;
        clearTimeout(timer);
        stop();
        resolve();
      };
      this.#onRing = () => {
        if (this.#rung.size >= nodes) end();
        else if (this.#rung.size === 1) {
          clearTimeout(timer);
          timer = setTimeout(() => end(), Math.min(ms, STRAGGLE_MS));
        }
      };
      if (this.#rung.size > 0) this.#onRing();
    });
  }

  [Symbol.dispose](): void {
    for (const channel of this.#channels) channel.remove(this);
  }
}
