import {randomBytes} from 'node:crypto';

import {Redis} from 'ioredis';

import type {Output} from '../output.js';
import {Bell} from './bell.js';
import type {BoardState} from './board.js';
import {Contenders} from './contenders.js';
import {machineMs} from './machine-clock.js';
import {openScreen} from './open-screen.js';
import {Plot} from './plot.js';
import {isClean, Referee} from './referee.js';
import {Scene} from './scene.js';
import type {Screen} from './screen.js';
import {summary} from './summary.js';
import type {Line} from '../text.js';
import {msText} from './words.js';

export interface DemoOptions {
  /** The nodes that vote on the lock. */
  readonly urls: readonly string[];
  /** How many processes want the lock. @defaultValue 5 */
  readonly processes?: number | undefined;
  /** How long they contend, in seconds. @defaultValue 16 */
  readonly seconds?: number | undefined;
  /** How long the lock outlives the holder that is killed, in whole milliseconds. @defaultValue 2000 */
  readonly ttlMs?: number | undefined;
  /** Ends the demo early, with its summary. */
  readonly signal?: AbortSignal | undefined;
  /** @defaultValue process.stdout */
  readonly out?: Output | undefined;
  /** What each process runs. @defaultValue a program that uses this library's lock */
  readonly program?: URL | undefined;
}

const HOLD_MS = 150;
const REST_MS = 80;
const FRAME_MS = 80;

/**
 * Shows processes that contend for one lock, one of which is killed while it holds.
 *
 * @returns whether the lock kept its promise: nobody met anybody inside, and every fence was larger than the last.
 * @throws {Error} when a process ended that should not have, or when the lock did not get on.
 */
export async function demo(options: DemoOptions): Promise<boolean> {
  await using stage = new Stage(options);
  await stage.play();
  return await stage.judge();
}

class Stage implements AsyncDisposable {
  readonly #options: DemoOptions;
  readonly #processes: number;
  readonly #ttlMs: number;
  readonly #totalMs: number;
  readonly #scene = new Scene();
  readonly #contenders: Contenders;
  readonly #book: Redis;
  readonly #referee: Referee;
  readonly #plot: Plot;
  readonly #screen: Screen;
  readonly #frames: NodeJS.Timeout;
  readonly #startedAt = machineMs();
  readonly #ending = new AbortController();
  readonly #stop = (): void => this.#ending.abort(this.#options.signal?.reason);
  #failure: Error | undefined;
  #closing: readonly Line[] = [];

  constructor(options: DemoOptions) {
    const {urls, processes = 5, seconds = 16, ttlMs = 2000, out = process.stdout} = options;
    this.#options = options;
    this.#processes = processes;
    this.#ttlMs = ttlMs;
    this.#totalMs = seconds * 1000;

    const resource = `demo:${randomBytes(3).toString('hex')}`;
    // Its keys have nothing to do with those of the lock, so any of the nodes may keep them.
    const [refereeUrl] = urls;
    if (refereeUrl === undefined)
      throw new RangeError('Expected `urls` to be one or more, got none');
    const bell = new Bell();
    const scene = this.#scene;
    const contenders = new Contenders({
      program: options.program ?? new URL('./contender-process.js', import.meta.url),
      assignment: {urls, refereeUrl, resource, ttlMs, holdMs: HOLD_MS, restMs: REST_MS},
      onReport: (pid, report) => {
        scene.report(pid, report);
        bell.ring();
      },
      onExit: (why) => this.#fail(why),
    });
    const book = new Redis(refereeUrl, {maxRetriesPerRequest: 0}).on('error', () => undefined);
    const referee = new Referee(book, resource);
    this.#contenders = contenders;
    this.#book = book;
    this.#referee = referee;
    const totalMs = this.#totalMs;
    this.#plot = new Plot({scene, bell, contenders, referee, processes, totalMs, ttlMs});
    this.#screen = openScreen(out);
    this.#frames = setInterval(() => this.#screen.show(this.#picture()), FRAME_MS);
  }

  /** Plays to the end, or until the caller has seen enough. */
  async play(): Promise<void> {
    const {signal} = this.#options;
    if (signal?.aborted === true) return;
    signal?.addEventListener('abort', this.#stop, {once: true});
    try {
      await this.#plot.play(this.#ending.signal);
    } catch (error) {
      if (!this.#ending.signal.aborted) throw error;
    } finally {
      signal?.removeEventListener('abort', this.#stop);
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Says what was seen, and whether all was well. */
  async judge(): Promise<boolean> {
    await this.#contenders.stop();
    const verdict = await this.#referee.verdict();
    this.#closing = summary(this.#scene.view, verdict, this.#ttlMs);
    return isClean(verdict);
  }

  /** Leaves no process and no key behind, and the terminal as it was. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#frames);
    await this.#contenders.stop();
    this.#screen.end(this.#picture(), this.#closing);
    await this.#referee.close().catch(() => undefined);
    this.#book.disconnect();
  }

  #fail(why: string): void {
    this.#failure = new Error(why);
    this.#ending.abort(this.#failure);
  }

  #picture(): BoardState {
    const nodes = this.#options.urls.length;
    return {
      title: `holdfast demo · ${this.#processes} processes, one lock`,
      setting: `${nodes === 1 ? 'one Redis node' : `a quorum of ${nodes} Redis nodes`} · ttl ${msText(this.#ttlMs)}`,
      view: this.#scene.view,
      caption: this.#plot.caption,
      startedAt: this.#startedAt,
      elapsedMs: machineMs() - this.#startedAt,
      totalMs: this.#totalMs,
    };
  }
}
