import type {Listening, RedisClient} from '../index.js';
import type {MemoryRedis} from './memory-redis.js';
import type {Owner, VirtualClock} from './virtual-clock.js';

/** How a message fares on its way. */
export interface Way {
  /** How long it takes, in milliseconds: so long, or by chance between two times. @defaultValue 0 */
  readonly delayMs?: number | readonly [least: number, most: number];
  /** The part that is lost, from 0 to 1. Nobody is told. @defaultValue 0 */
  readonly lossRate?: number;
  /** The part that arrives twice, each copy in its own time. @defaultValue 0 */
  readonly duplicateRate?: number;
  /** Whether one may overtake another. @defaultValue false */
  readonly isUnordered?: boolean;
}

export interface LinkOptions {
  /** The way to the node. */
  readonly requests?: Way;
  /** The way back, also of what is told on channels. */
  readonly replies?: Way;
  /** A number from 0 up to 1. @defaultValue Math.random */
  readonly random?: () => number;
}

/** A channel that is heard over a link, again after each cut. */
interface Subscription {
  readonly channel: string;
  readonly tell: (message?: string) => void;
  listening: Listening | undefined;
}

/** A connection between a machine and a node that can be made to fail: give it to a `Locker` as a client. */
export class Link implements RedisClient {
  readonly #clock: VirtualClock;
  readonly #owner: Owner;
  readonly #redis: MemoryRedis;
  readonly #random: () => number;
  /** The way to the node; may be changed at any time, for what is sent from then on. */
  requests: Way;
  /** The way back. */
  replies: Way;
  #isCut = false;
  #hasEnded = false;
  readonly #underWay = new Set<(error: Error) => void>();
  readonly #subscriptions = new Set<Subscription>();
  readonly #lastArrival = {requests: 0, replies: 0};

  /** @internal Made by {@link Machine.connect}. */
  constructor(clock: VirtualClock, owner: Owner, redis: MemoryRedis, options: LinkOptions = {}) {
    this.#clock = clock;
    this.#owner = owner;
    this.#redis = redis;
    this.#random = options.random ?? Math.random;
    this.requests = options.requests ?? {};
    this.replies = options.replies ?? {};
  }

  send(command: string, args: string[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#isCut) {
        reject(connectionClosed());
        return;
      }
      this.#underWay.add(reject);
      this.#travel('requests', () => {
        this.#redis.handle(command, args, (reply) => {
          this.#travel('replies', () => {
            // After a cut the answer has nobody to come to.
            if (!this.#underWay.delete(reject)) return;
            if (reply instanceof Error) reject(reply);
            else resolve(reply);
          });
        });
      });
    });
  }

  listen(channel: string, onMessage: (message?: string) => void): Listening {
    const subscription: Subscription = {
      channel,
      tell: (message) => {
        if (!this.#isCut) this.#travel('replies', () => onMessage(message));
      },
      listening: undefined,
    };
    this.#subscriptions.add(subscription);
    if (!this.#isCut) this.#subscribe(subscription);
    return {
      heard: Promise.all([subscription.listening?.heard, this.send('PING', [])]),
      stop: () => {
        this.#subscriptions.delete(subscription);
        subscription.listening?.stop();
      },
    };
  }

  /** Cuts the connection: what waits for an answer gets an error, though it may have been done or be done yet. */
  cut(): void {
    this.#isCut = true;
    const underWay = [...this.#underWay];
    this.#underWay.clear();
    for (const {listening} of this.#subscriptions) listening?.stop();
    for (const reject of underWay) {
      this.#clock.schedule(0, () => reject(connectionClosed()), {owner: this.#owner});
    }
  }

  /** Connects again. */
  mend(): void {
    if (!this.#isCut || this.#hasEnded) return;
    this.#isCut = false;
    for (const subscription of this.#subscriptions) {
      this.#subscribe(subscription);
      // What was told meanwhile is not told again, so everyone looks for themselves.
      subscription.tell();
    }
  }

  /** @internal Its machine is no more. */
  end(): void {
    this.cut();
    this.#hasEnded = true;
  }

  #subscribe(subscription: Subscription): void {
    subscription.listening = this.#redis.listen(subscription.channel, subscription.tell);
  }

  #travel(direction: 'requests' | 'replies', arrive: () => void): void {
    const way = this[direction];
    const copies = this.#random() < (way.duplicateRate ?? 0) ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1) {
      if (this.#random() < (way.lossRate ?? 0)) continue;
      const ms = this.#delayMs(direction);
      // Nobody waits for what a node does but by its answer.
      if (direction === 'requests')
        this.#clock.schedule(ms, arrive, {owner: NETWORK, isSilent: true});
      else this.#clock.schedule(ms, arrive, {owner: this.#owner});
    }
  }

  #delayMs(direction: 'requests' | 'replies'): number {
    const {delayMs = 0, isUnordered = false} = this[direction];
    const [least, most] = typeof delayMs === 'number' ? [delayMs, delayMs] : delayMs;
    const now = this.#clock.monotonic();
    const at = now + least + this.#random() * (most - least);
    if (isUnordered) return at - now;
    this.#lastArrival[direction] = Math.max(at, this.#lastArrival[direction]);
    return this.#lastArrival[direction] - now;
  }
}

// Messages on their way belong to no machine: they arrive even if their sender is frozen or gone.
const NETWORK: Owner = {rate: 1, admits: () => true};

const connectionClosed = (): Error => new Error('Connection is closed.');
