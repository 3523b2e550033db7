// Waits for a lock, prints the moment at which it has it and its fence, and ends:
// node contending.worker.js '{"place": …, "name": …}'
import {Locker} from 'holdfast';

import {connectTo, type Place} from './place.js';

export interface Contention {
  readonly place: Place;
  readonly name: string;
}

const {place, name} = JSON.parse(process.argv[2] ?? '') as Contention;
const clients = connectTo(place);
const locker = new Locker(clients, {timeoutMs: Infinity});
if ((await locker.tryAcquire(name)) !== undefined) throw new Error('nobody holds it');
process.stdout.write('waiting\n');
const lock = await locker.acquire(name);
process.stdout.write(`${JSON.stringify({at: Date.now(), fence: lock.fence})}\n`);
await lock.release();
for (const client of clients) client.disconnect();
