// A process that takes turns with others: node turns.worker.js '{"place": …, "ledger": …, "name": …, "turns": …}'
import {Locker} from 'holdfast';
import {Redis} from 'ioredis';

import {connectTo, type Place} from './place.js';

export interface Task {
  readonly place: Place;
  /** Where the shared counter is, which is read and then written. */
  readonly ledger: string;
  readonly name: string;
  readonly turns: number;
  /** @defaultValue 1000 */
  readonly ttlMs?: number;
  /** @defaultValue 0 */
  readonly lockDelayMs?: number;
  /** Holds the lock for ever instead, so that this process can be killed. */
  readonly isHanging?: boolean;
}

const task = JSON.parse(process.argv[2] ?? '') as Task;
const {place, ledger, name, turns, ttlMs = 1000, lockDelayMs = 0, isHanging = false} = task;
const clients = connectTo(place);
const book = new Redis(ledger);
const locker = new Locker(clients, {ttlMs, lockDelayMs, timeoutMs: 50_000});

if (isHanging) {
  const lock = await locker.acquire(name);
  process.stdout.write(`${lock.fence}\n`);
} else {
  const takeTurns = async (): Promise<void> => {
    for (let turn = 0; turn < turns; turn += 1) {
      await locker.using(name, async (lock) => {
        const count = Number(await book.get(`count:${name}`));
        const others = await book.incr(`inside:${name}`);
        await book.rpush(`fences:${name}`, lock.fence);
        await book.set(`count:${name}`, count + 1);
        await book.decr(`inside:${name}`);
        if (others !== 1) await book.incr(`overlaps:${name}`);
      });
    }
  };
  await Promise.all([takeTurns(), takeTurns()]);
  await locker.close();
  for (const client of [...clients, book]) client.disconnect();
}
