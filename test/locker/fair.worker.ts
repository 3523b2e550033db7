// A process with several tasks that want one lock in turn: node fair.worker.js '{"place": …, "ledger": …, "name": …}'
import {Locker} from 'holdfast';
import {Redis} from 'ioredis';

import {connectTo, type Place} from './place.js';

export interface FairTask {
  readonly place: Place;
  /** Where each of them writes its token and its fence down when it has the lock. */
  readonly ledger: string;
  readonly name: string;
  readonly tasks: number;
  /** How often each of them wants it. */
  readonly turns: number;
}

const {place, ledger, name, tasks, turns} = JSON.parse(process.argv[2] ?? '') as FairTask;
const clients = connectTo(place);
const book = new Redis(ledger);
const locker = new Locker(clients, {fair: true, timeoutMs: 50_000});

const takeTurns = async (): Promise<void> => {
  for (let turn = 0; turn < turns; turn += 1) {
    await locker.using(name, async ({token, fence}) => {
      const others = await book.incr(`inside:${name}`);
      await book.rpush(`tokens:${name}`, token);
      await book.rpush(`fences:${name}`, fence);
      await book.decr(`inside:${name}`);
      if (others !== 1) await book.incr(`overlaps:${name}`);
    });
  }
};

await Promise.all(Array.from({length: tasks}, takeTurns));
await locker.close();
for (const client of [...clients, book]) client.disconnect();
