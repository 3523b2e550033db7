import {Worker} from 'node:worker_threads';

import type {Clock, Clocks} from '../../lease/clock.js';
import type {Lease} from '../../lease/lease.js';
import type {SupportedClient} from '../../redis/client-of.js';
import {blueprintOf, type Blueprint} from '../../redis/clients/blueprint.js';
import {Ledger} from './ledger.js';
import type {KeepMessage, WorkerMessage, WorkerStart} from './messages.js';
import {momentIn, sharedNowMs} from './moment.js';
import {SharedLease} from './shared-lease.js';

// How long the thread is kept after its last lease: the next one may follow soon, and a start takes its time.
const LINGER_MS = 10_000;

// A thread that has failed is not started again sooner than that.
const RESTART_MS = 10_000;

const LONGEST_PULSE_MS = 250;

// Longer than any process runs.
const LONGEST_MS = 1e12;

export interface KeepAliveWorkerOptions {
  readonly clients: readonly SupportedClient[];
  readonly clock: Clock;
  /** Those that the user has given in place of the machine's. */
  readonly clocks: Clocks | undefined;
  readonly quorum: number;
  readonly nodeTimeoutMs: number | undefined;
  readonly stallMs: number;
}

/** A lease that is to be kept. */
export interface ToKeep {
  readonly lease: Lease;
  readonly ttlMs: number;
  /** For how long at most it may be extended. */
  readonly maxHoldMs: number;
  /** Called when the nodes say that it is not ours. */
  readonly onDenied: () => void;
}

/** A lease that the worker keeps, as the main thread sees it. */
export interface Kept {
  /** Takes over what the worker has confirmed since the last time. Returns whether that was anything. */
  hear(): boolean;
  /** Tells the worker what was confirmed here. */
  publish(): void;
  /** Stops the extensions at once. */
  end(): void;
}

/**
 * The main thread's side of a thread with connections of its own, in which leases are extended. It is started when the
 * first lease is to be kept, and ended when it has long had none.
 */
export class KeepAliveWorker {
  readonly #options: KeepAliveWorkerOptions;
  readonly #pulse = new BigInt64Array(new SharedArrayBuffer(8));
  readonly #kept = new Map<number, ToKeep>();
  #blueprints: readonly Blueprint[] | undefined;
  #thread: Worker | undefined;
  #readiness: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #linger: NodeJS.Timeout | undefined;
  #lastId = 0;
  #failedAt = -Infinity;

  constructor(options: KeepAliveWorkerOptions) {
    this.#options = options;
  }

  /** @throws {TypeError} when the thread could not open the connections of one of the clients, or not read the clocks. */
  check(): void {
    if (this.#options.clocks !== undefined) {
      throw new TypeError(
        'Expected `keepAlive` to be true or false with `clocks`, which a worker thread cannot read',
      );
    }
    this.#blueprints ??= this.#options.clients.map((client, node) => blueprintOf(client, node));
  }

  /** Starts the thread, and resolves when it could extend something, or has turned out not to be able to. */
  async ready(): Promise<void> {
    this.#start();
    if (this.#kept.size === 0) this.#lingerOn();
    await this.#readiness;
  }

  /** Has a lease extended until it is ended. Where the thread does not do it, nothing is told of it. */
  keep(toKeep: ToKeep): Kept {
    const {lease, ttlMs, maxHoldMs} = toKeep;
    const {clients, clock} = this.#options;
    const id = (this.#lastId += 1);
    const ledger = new Ledger(clients.length, 'main');
    const shared = new SharedLease(lease, ledger, clock);
    shared.publish();
    this.#kept.set(id, toKeep);
    this.#start()?.postMessage({
      id,
      call: lease.acquisition,
      fences: lease.fences,
      ttlMs,
      lastsUntil: momentIn(Math.min(maxHoldMs, LONGEST_MS)),
      memory: ledger.memory,
    } satisfies KeepMessage);
    return {
      hear: () => shared.hear(),
      publish: () => shared.publish(),
      end: () => {
        ledger.end();
        if (this.#kept.delete(id) && this.#kept.size === 0) this.#lingerOn();
      },
    };
  }

  /** Ends the thread, and resolves when it is gone. */
  async close(): Promise<void> {
    clearTimeout(this.#linger);
    clearInterval(this.#timer);
    const thread = this.#thread;
    this.#thread = undefined;
    await thread?.terminate();
  }

  #start(): Worker | undefined {
    clearTimeout(this.#linger);
    this.#beat();
    if (this.#thread !== undefined) return this.#thread;
    if (performance.now() - this.#failedAt < RESTART_MS) return undefined;
    this.check();
    const {quorum, nodeTimeoutMs, stallMs} = this.#options;
    const workerData: WorkerStart = {
      blueprints: this.#blueprints ?? [],
      quorum,
      nodeTimeoutMs,
      pulse: this.#pulse.buffer,
      stallMs,
    };
    let thread: Worker;
    try {
      thread = new Worker(new URL('thread.js', import.meta.url), {
        name: 'holdfast keep-alive',
        workerData,
      });
    } catch (error) {
      // A process may be forbidden to have threads.
      this.#warn(error);
      return undefined;
    }
    this.#readiness = new Promise((resolve) => {
      thread.on('message', (message: WorkerMessage) => {
        if (message === 'ready') resolve();
        else this.#kept.get(message.deniedId)?.onDenied();
      });
      thread.on('error', (error) => this.#failed(thread, error));
      thread.on('exit', (code) => {
        resolve();
        this.#failed(thread, new Error(`it ended with code ${code}`));
      });
    });
    // A process that has nothing else to do need not stay for it. A listener undoes that, so this comes after them.
    thread.unref();
    this.#timer = setInterval(() => this.#beat(), Math.min(stallMs / 4, LONGEST_PULSE_MS));
    this.#timer.unref();
    this.#thread = thread;
    return thread;
  }

  /** The main thread is alive. */
  #beat(): void {
    Atomics.store(this.#pulse, 0, BigInt(Math.floor(sharedNowMs())));
  }

  #lingerOn(): void {
    clearTimeout(this.#linger);
    this.#linger = setTimeout(() => void this.close(), LINGER_MS);
    this.#linger.unref();
  }

  /** The thread is gone, and was not told to. What it kept is kept by the main thread's own heartbeat. */
  #failed(thread: Worker, cause: Error): void {
    if (this.#thread !== thread) return;
    this.#thread = undefined;
    clearInterval(this.#timer);
    this.#warn(cause);
  }

  #warn(cause: unknown): void {
    this.#failedAt = performance.now();
    const why = cause instanceof Error ? cause.message : String(cause);
    process.emitWarning(
      `There is no worker thread to keep locks alive, the main thread does it now: ${why}`,
      {code: 'HOLDFAST_KEEP_ALIVE'},
    );
  }
}
