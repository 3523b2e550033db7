// A client process of the torture: node contender.worker.js '{"subject": …}', a child that can be told to stop.
import {setTimeout as sleep} from 'node:timers/promises';
import {Redis} from 'ioredis';

import {seededRandom} from '../shuffle.js';
import {Recorder} from './history.js';
import {write} from './ledger.js';
import {machineNow} from './machine-now.js';
import type {Held} from './subject.js';
import {SUBJECTS} from './subjects.js';

export interface Task {
  readonly name: string;
  readonly subject: string;
  readonly urls: readonly string[];
  readonly ledger: string;
  readonly resources: readonly string[];
  readonly ttlMs: number;
  readonly seed: number;
  readonly history: string;
}

/** What it is told while it runs. */
export type Order =
  /** Acquire once more what is wanted, then close. */
  | {readonly type: 'finish'}
  /** Block the event loop in the middle of the next step of a section. */
  | {readonly type: 'block'; readonly ms: number}
  /** Set the time of day of this process forwards or back. */
  | {readonly type: 'step'; readonly ms: number};

const TIMEOUT_MS = 4000;
const LAST_TIMEOUT_MS = 12_000;
const STEP_MS = 5;
const WRITE_EACH = 4;
const TICK_MS = 10;
const STALL_MS = 25;

const task = JSON.parse(process.argv[2] ?? '') as Task;
const random = seededRandom(task.seed);
const recorder = new Recorder(task.history);
const ledger = new Redis(task.ledger);
const load = SUBJECTS[task.subject];
if (load === undefined) throw new RangeError(`There is no subject ${task.subject}`);
const make = await load();
const subject = make(task);

const finishing = new AbortController();
let blockMs = 0;
let sections = 0;

const trouble = (error: unknown): void =>
  recorder.note({type: 'trouble', text: error instanceof Error ? error.message : String(error)});
process.on('unhandledRejection', trouble);
process.on('uncaughtException', trouble);
// Whoever started it is gone.
process.on('disconnect', () => process.exit());

const realNow = Date.now;
let steppedMs = 0;

process.on('message', (order: Order) => {
  if (order.type === 'finish') finishing.abort();
  if (order.type === 'block') blockMs = order.ms;
  if (order.type === 'step') {
    steppedMs += order.ms;
    Date.now = () => realNow() + steppedMs;
  }
});

let tickedAt = machineNow();
const ticking = setInterval(() => {
  const now = machineNow();
  if (now - tickedAt > STALL_MS) recorder.note({type: 'stall', until: now}, tickedAt);
  tickedAt = now;
}, TICK_MS);

const holdMs = (): number => {
  const kind = random();
  if (kind < 0.75) return 5 + random() * 35;
  if (kind < 0.92) return 100 + random() * 150;
  return task.ttlMs * (1 + random() * 0.6);
};

const nameOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  return error.name === 'Error' ? error.constructor.name : error.name;
};

async function hold(held: Held, section: string, resource: string): Promise<void> {
  // Those who can do both sometimes only listen, so that it is seen whether they are told in time.
  const isListening = held.onLost !== undefined && random() < 0.4;
  let isLost = false;
  held.onLost?.(() => {
    isLost = true;
    recorder.note({type: 'signal', section});
  });
  const until = machineNow() + holdMs();
  for (let step = 0; machineNow() < until; step += 1) {
    const now = machineNow();
    if (isListening ? isLost : !held.isHeld()) {
      recorder.note({type: 'doubt', section});
      return;
    }
    if (!isListening) recorder.note({type: 'belief', section}, now);
    if (step % WRITE_EACH === 0) await write(ledger, resource, section, held.fence);
    while (machineNow() < now + blockMs) for (let spin = 0; spin < 1e5; spin += 1);
    blockMs = 0;
    if (step % WRITE_EACH !== 0) await sleep(STEP_MS);
  }
}

async function visit(resource: string, timeoutMs: number, isLast: boolean): Promise<boolean> {
  sections += 1;
  const section = `${task.name}:${sections}`;
  recorder.note({type: 'ask', section, resource, isLast});
  let held: Held;
  try {
    held = await subject.acquire(resource, timeoutMs);
  } catch (error) {
    recorder.note({type: 'miss', section, error: nameOf(error)});
    return false;
  }
  const checkedAt = machineNow();
  const isDead = !held.isHeld();
  const {fence} = held;
  recorder.note({type: 'begin', section, checkedAt, isDead, ...(fence !== undefined && {fence})});
  process.send?.({resource, isHolding: true});
  try {
    if (!isDead) await hold(held, section, resource);
  } finally {
    process.send?.({resource, isHolding: false});
    recorder.note({type: 'release', section});
    try {
      await held.release();
      recorder.note({type: 'released', section});
    } catch (error) {
      recorder.note({type: 'released', section, error: nameOf(error)});
    }
  }
  return true;
}

async function visits(resource: string): Promise<void> {
  while (!finishing.signal.aborted) {
    const isGot = await visit(resource, TIMEOUT_MS, false);
    await sleep(isGot ? random() * 10 : 20);
  }
  await visit(resource, LAST_TIMEOUT_MS, true);
}

await Promise.all(task.resources.map((resource) => visits(resource)));
await subject.close();
clearInterval(ticking);
ledger.disconnect();
recorder.note({type: 'closed'});
process.disconnect();
