import type {Listen} from '#internal/waiting/wake-ups.js';

import {Deferred} from '../deferred.js';

/** A node that tells of releases when the test lets it. */
export class Teller {
  /** How each of its subscriptions ends. */
  readonly heard: Deferred<void> = new Deferred<void>();
  readonly channels: string[] = [];
  stops = 0;
  readonly #onNotice = new Map<string, (message?: string) => void>();

  readonly listen: Listen = (channel, onNotice) => {
    this.channels.push(channel);
    this.#onNotice.set(channel, onNotice);
    return {
      heard: this.heard.promise,
      stop: () => {
        this.stops += 1;
      },
    };
  };

  /** A lock was released on this node. */
  tell(channel: string): void {
    this.#onNotice.get(channel)?.('');
  }

  /** One in line was given a lock on this node. */
  tellGiven(channel: string, fence: number, sentAt: number, token: string): void {
    this.#onNotice.get(channel)?.(`${fence} ${sentAt} ${token}`);
  }

  /** A lock was extended on this node. */
  tellExtended(channel: string, ttlMs: number): void {
    this.#onNotice.get(channel)?.(String(ttlMs));
  }

  /** A lock went from one caller of a process to the next on this node. */
  tellHandedOver(channel: string, ttlMs: number): void {
    this.#onNotice.get(channel)?.(`+${ttlMs}`);
  }
}

/** So many nodes whose subscriptions have not been answered yet. */
export const newTellers = (count: number): Teller[] =>
  Array.from({length: count}, () => new Teller());
