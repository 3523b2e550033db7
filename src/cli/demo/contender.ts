import {setTimeout as delay} from 'node:timers/promises';

import {Redis} from 'ioredis';

import type {Lock, Locker} from '../../index.js';
import type {Assignment} from './assignment.js';
import {machineMs} from './machine-clock.js';
import {Referee} from './referee.js';
import type {Report} from './report.js';

/** What a contender needs of a locker, and of its locks. */
export interface ContendedLocker {
  acquire(
    resource: string,
    options: NonNullable<Parameters<Locker['acquire']>[1]>,
  ): Promise<Pick<Lock, 'fence' | 'signal' | 'release'>>;
  close(): Promise<void>;
}

/** Makes the locker of a contender. */
export type OpenLocker = (clients: readonly Redis[], ttlMs: number) => ContendedLocker;

const ALONE_MS = 5000;

/**
 * The life of a process that wants the lock again and again: waits, goes in, works, releases, rests.
 *
 * It gets its assignment as the first argument and reports over the channel of `child_process.fork`. It ends when it is
 * told `stop`, and when nobody listens any more.
 */
export async function contender(openLocker: OpenLocker): Promise<void> {
  const assignment: Assignment = JSON.parse(process.argv[2] ?? '{}');
  const clients = assignment.urls.map(connect);
  const book = connect(assignment.refereeUrl);
  const locker = openLocker(clients, assignment.ttlMs);
  const referee = new Referee(book, assignment.resource);
  const signal = stopSignal();
  while (!signal.aborted) await takeTurn(assignment, locker, referee, signal);
  await locker.close();
  for (const client of [...clients, book]) client.disconnect();
  if (process.connected) process.disconnect();
}

async function takeTurn(
  {resource, holdMs, restMs}: Assignment,
  locker: ContendedLocker,
  referee: Referee,
  signal: AbortSignal,
): Promise<void> {
  try {
    report({kind: 'waiting', at: machineMs()});
    const lock = await locker.acquire(resource, {timeoutMs: Infinity, signal});
    const acquiredAt = machineMs();
    try {
      await work(lock, acquiredAt, referee, holdMs);
    } finally {
      report({kind: 'released', at: machineMs(), fence: lock.fence});
      await lock.release();
    }
  } catch (error) {
    if (signal.aborted) return;
    report({kind: 'trouble', at: machineMs(), why: String(error)});
  }
  await delay(about(restMs));
}

async function work(
  lock: Pick<Lock, 'fence' | 'signal'>,
  at: number,
  referee: Referee,
  holdMs: number,
): Promise<void> {
  const visit = await referee.enter(process.pid, lock.fence);
  report({kind: 'holding', at, fence: lock.fence});
  if (visit.met !== undefined) report({kind: 'overlap', at: machineMs(), other: visit.met});
  try {
    await delay(about(holdMs), undefined, {signal: lock.signal});
  } catch {
    await visit.abandon();
    lock.signal.throwIfAborted();
  }
  await visit.leave();
}

const about = (ms: number): number => ms * (0.5 + Math.random() / 2);

const connect = (url: string): Redis =>
  new Redis(url, {maxRetriesPerRequest: 0, connectTimeout: 2000}).on('error', () => undefined);

function report(message: Report): void {
  if (process.connected) process.send?.(message);
}

function stopSignal(): AbortSignal {
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  process.once('message', stop);
  process.once('disconnect', () => {
    stop();
    // Nobody is left to end a process that hangs on nodes which are gone too.
    setTimeout(() => process.exit(1), ALONE_MS).unref();
  });
  // The other end may have gone before anyone listened here.
  if (!process.connected) stop();
  return controller.signal;
}
