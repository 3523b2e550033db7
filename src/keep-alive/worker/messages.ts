import type {Blueprint} from '../../redis/clients/blueprint.js';
import type {AcquireCall} from '../../redis/scripts.js';
import type {Moment} from './moment.js';

/** What the worker is started with. */
export interface WorkerStart {
  /** How to open the connections to each node. */
  readonly blueprints: readonly Blueprint[];
  readonly quorum: number;
  readonly nodeTimeoutMs: number | undefined;
  /** When the main thread was alive last: one whole number of milliseconds, on the clock that threads share. */
  readonly pulse: SharedArrayBuffer;
  /** For how long the main thread may be silent before nothing is extended any more. */
  readonly stallMs: number;
}

/** To the worker: keep this lease alive. */
export interface KeepMessage {
  readonly id: number;
  readonly call: AcquireCall;
  readonly fences: readonly number[];
  readonly ttlMs: number;
  /** After that it is not to be extended, whatever the nodes say. */
  readonly lastsUntil: Moment;
  /** The memory of its ledger. */
  readonly memory: SharedArrayBuffer;
}

/** From the worker: it is ready, or the nodes say that a lease is not ours. */
export type WorkerMessage = 'ready' | {readonly deniedId: number};
