import {Forecast, padded} from './forecast.js';
import {onAbort} from '../on-abort.js';
import {LONGEST_TIMER_MS} from '../longest-timer-ms.js';

/** Hears one channel of one node, and says when it is heard for sure. */
export type Listen = (
  channel: string,
  onNotice: (message?: string) => void,
) => {readonly heard: Promise<unknown>; readonly stop: () => void};

// How long a channel is kept after its last listener: the next in line will want it too.
const LINGER_MS = 1000;

export interface WakeUpsOptions {
  /** A place for each node, empty where a node has no way to tell. */
  readonly listens: readonly (Listen | undefined)[];
  readonly quorum: number;
  readonly now: () => number;
  readonly random: () => number;
}

/** One who hears a channel. */
export interface Hearer {
  /** A message on one node; none when some may have been missed there. */
  told(node: number, message: string | undefined): void;
}

/** That a channel is heard. */
export interface Hearing extends Disposable {
  /** Whether so many nodes are heard that one may rely on them. */
  readonly isLive: boolean;
  /** Resolves when it is live, or cannot be. */
  readonly settled: Promise<void>;
}

/**
 * Tells those who wait that a lock was released, or that its holder keeps it, so that they need not ask: one
 * subscription for each channel.
 */
export class WakeUps {
  readonly #options: WakeUpsOptions;
  readonly #channels = new Map<string, Channel>();

  constructor(options: WakeUpsOptions) {
    this.#options = options;
  }

  /** A bell that is rung by notices on any of the channels. Dispose of it, or they stay subscribed. */
  hear(names: readonly string[]): Bell {
    return new Bell(
      names.map((name) => this.#channel(name)),
      this.#options,
    );
  }

  /** Passes on what is told on a channel. Dispose of it, or that stays subscribed. */
  attach(name: string, hearer: Hearer): Hearing {
    const channel = this.#channel(name);
    channel.add(hearer);
    return {
      get isLive() {
        return channel.isLive;
      },
      settled: channel.settled,
      [Symbol.dispose]: () => channel.remove(hearer),
    };
  }

  /** How many of the channels are being heard. */
  heard({channels}: {readonly channels: readonly string[]}): number {
    if (this.#channels.size === 0) return 0;
    return channels.filter((name) => this.#channels.has(name)).length;
  }

  /** Stops listening at once. */
  close(): void {
    for (const channel of this.#channels.values()) channel.close();
  }

  #channel(name: string): Channel {
    const known = this.#channels.get(name);
    if (known !== undefined) return known;
    const onClose = (): void => void this.#channels.delete(name);
    const channel = new Channel(name, this.#options, onClose);
    this.#channels.set(name, channel);
    return channel;
  }
}

/** One channel, on all nodes that can tell, and those who wait for it. */
class Channel {
  /** Resolves when a quorum of nodes is heard, or cannot be. */
  readonly settled: Promise<void>;
  readonly #quorum: number;
  readonly #hearers = new Set<Hearer>();
  readonly #stops: (() => void)[] = [];
  readonly #onClose: () => void;
  #heardNodes = 0;
  #linger: NodeJS.Timeout | undefined;

  constructor(name: string, {listens, quorum}: WakeUpsOptions, onClose: () => void) {
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

  add(hearer: Hearer): void {
    clearTimeout(this.#linger);
    this.#hearers.add(hearer);
  }

  remove(hearer: Hearer): void {
    this.#hearers.delete(hearer);
    if (this.#hearers.size > 0) return;
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
      const {heard, stop} = listen(name, (message) => {
        for (const hearer of this.#hearers) hearer.told(node, message);
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

/** What a sleeper waits for. */
export interface Awaited {
  /**
   * For how long each node is held, by what it has said: 0 for one that we give back ourselves, so that it tells nothing
   * new. @defaultValue all of them for as long as the sleep
   */
  readonly waits?: readonly number[];
  /** How many nodes must tell of a release. @defaultValue those that make a quorum with what is given back */
  readonly missing?: number;
  /** Whether it wakes as well when a release left the lock to somebody else at once. @defaultValue false */
  readonly isAnyone?: boolean;
  /** For how long to sleep at most, whatever holders tell. @defaultValue Infinity */
  readonly longestMs?: number;
}

// What a release tells when another of the same process has the lock in the same moment, and for how long.
const HANDED_OVER = '+';

/** Wakes one who sleeps, once enough nodes have told that they were freed, or could be free by the clock. */
export class Bell implements Hearer {
  readonly #channels: readonly Channel[];
  readonly #nodes: readonly unknown[];
  readonly #quorum: number;
  readonly #now: () => number;
  readonly #random: () => number;
  readonly #forecast: Forecast;
  readonly #rung = new Set<number>();
  /** Whether a release gave the lock straight to somebody. */
  #isPassedOn = false;
  #onRing: (() => void) | undefined;

  constructor(channels: readonly Channel[], {listens, quorum, now, random}: WakeUpsOptions) {
    this.#channels = channels;
    this.#nodes = listens;
    this.#quorum = quorum;
    this.#now = now;
    this.#random = random;
    this.#forecast = new Forecast(quorum, now);
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

  /**
   * For the channels: a node was freed, or its holder keeps it for so many milliseconds, or another of the holder's process
   * does, or it was given to somebody in line.
   */
  told(node: number, message = ''): void {
    if (message === '') {
      this.#rung.add(node);
      this.#onRing?.();
      return;
    }
    const ttlMs = Number(message);
    if (ttlMs > 0) this.#forecast.extended(node, ttlMs);
    if (ttlMs > 0 && !message.startsWith(HANDED_OVER)) return;
    this.#isPassedOn = true;
    this.#onRing?.();
  }

  /** Forgets what was told: the nodes are about to be asked. */
  reset(): void {
    this.#rung.clear();
    this.#isPassedOn = false;
    this.#forecast.reset();
  }

  /**
   * Sleeps until enough nodes have told of a release since the last reset, or `ms` are over and no holder has told that
   * it goes on. Rejects when the signal aborts.
   */
  sleep(signal: AbortSignal, ms: number, awaited: Awaited): Promise<void> {
    const {waits = this.#nodes.map(() => Math.max(ms, 1))} = awaited;
    const {missing = this.#quorum - waits.filter((wait) => wait === 0).length} = awaited;
    const isEnough = (): boolean =>
      (awaited.isAnyone === true && this.#isPassedOn) ||
      [...this.#rung].filter((node) => waits[node] !== 0).length >= missing;
    const {longestMs = Infinity} = awaited;
    const lastsUntil = this.#now() + longestMs;
    this.#forecast.answered(waits, ms);
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const end = (): void => {
        this.#onRing = undefined;
        clearTimeout(timer);
        stop();
      };
      const wake = (): void => {
        end();
        resolve();
      };
      const startTimer = (afterMs: number): NodeJS.Timeout =>
        setTimeout(wakeUnlessExtended, Math.min(afterMs, LONGEST_TIMER_MS));
      const wakeUnlessExtended = (): void => {
        const leftMs = Math.min(this.#forecast.leftMs, lastsUntil - this.#now());
        if (leftMs > 0) timer = startTimer(padded(leftMs, this.#random));
        else wake();
      };
      let timer = startTimer(ms);
      const stop = onAbort(signal, () => {
        end();
        reject(signal.reason);
      });
      this.#onRing = () => {
        if (isEnough()) wake();
      };
      this.#onRing();
    });
  }

  [Symbol.dispose](): void {
    for (const channel of this.#channels) channel.remove(this);
  }
}
