import type {Redis} from 'ioredis';
import {EventEmitter, once} from 'node:events';

/** The messages of channels, on a connection of their own. */
export class Pushed {
  readonly #subscriber: Redis;
  readonly #channels = new Map<string, Promise<unknown>>();
  readonly #messages = new EventEmitter().setMaxListeners(0);

  constructor(client: Redis) {
    this.#subscriber = client.duplicate();
    this.#subscriber.on('error', () => {});
    this.#subscriber.on('message', (channel: string) => this.#messages.emit(channel));
  }

  /** Subscribes, unless that is done. */
  async join(channel: string): Promise<void> {
    const joined = this.#channels.get(channel) ?? this.#subscriber.subscribe(channel);
    this.#channels.set(channel, joined);
    await joined;
  }

  /** The next message, from now on. */
  async next(channel: string): Promise<void> {
    await once(this.#messages, channel);
  }

  close(): void {
    this.#subscriber.disconnect();
  }
}
