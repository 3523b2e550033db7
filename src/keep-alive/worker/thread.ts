// The thread that keeps locks alive while the event loop of the main thread stands still.
import {Cluster, Redis} from 'ioredis';
import {parentPort, workerData} from 'node:worker_threads';

import {Clock} from '../../lease/clock.js';
import {Leases} from '../../lease/leases.js';
import {Tokens} from '../../lease/token.js';
import type {SupportedClient} from '../../redis/client-of.js';
import type {Blueprint} from '../../redis/clients/blueprint.js';
import {Node} from '../../redis/node.js';
import {Heartbeat} from '../heartbeat.js';
import {KeptLease, type Workshop} from './kept-lease.js';
import type {KeepMessage, WorkerMessage, WorkerStart} from './messages.js';
import {sharedNowMs} from './moment.js';

const start: WorkerStart = workerData;
const {blueprints, quorum, nodeTimeoutMs, pulse, stallMs} = start;

// An extension that fails is tried again soon enough; one that waits for a connection comes too late.
const CONNECTION = {
  lazyConnect: false,
  enableOfflineQueue: true,
  maxRetriesPerRequest: 0,
  retryStrategy: (times: number) => Math.min(50 * times, 1000),
};

function open(blueprint: Blueprint): SupportedClient {
  const {options} = blueprint;
  const client =
    blueprint.kind === 'redis'
      ? new Redis({...options, ...CONNECTION})
      : new Cluster([...blueprint.startupNodes], options);
  // It connects again by itself; an error that nobody listens to is printed.
  client.on('error', () => {});
  return client;
}

const clock = new Clock();
const now = (): number => clock.now();
const nodes = blueprints.map(
  (blueprint, index) => new Node(index, open(blueprint), now, blueprints.length),
);
const heartbeat = new Heartbeat<KeptLease>(now, Math.random);
// It obtains nothing itself.
const tokens = new Tokens({metadata: false, wall: () => Date.now()});
const lastPulse = new BigInt64Array(pulse);

const workshop: Workshop = {
  clock,
  leases: new Leases({nodes, quorum, clock, tokens, nodeTimeoutMs, keyPrefix: ''}),
  nodes: nodes.length,
  quorum,
  isMainStalled: () => sharedNowMs() - Number(Atomics.load(lastPulse, 0)) > stallMs,
  onDenied: (deniedId) => tell({deniedId}),
};

function tell(message: WorkerMessage): void {
  parentPort?.postMessage(message, []);
}

parentPort?.on('message', (message: KeepMessage) => {
  heartbeat.add(new KeptLease(message, workshop));
});
tell('ready');
