// Uses a locker in many ways, does not close it, and disconnects the clients: nothing may keep this process.
import {Locker} from 'holdfast';
import {Redis} from 'ioredis';

import {newName} from './names.js';

const clients = process.argv.slice(2).map((url) => new Redis(url));
const locker = new Locker(clients);
const other = new Locker(clients);
const name = newName();

await locker.using(name, async () => {
  await other.tryAcquire(name);
  await other.acquire(name, {timeoutMs: 50}).catch(() => {});
});
const waiting = other.using(name, () => {});
const lock = await locker.acquire([newName(), newName()], {ttlMs: 60_000});
await lock.extend();
await lock.release();
await waiting;
await other.close();
for (const client of clients) client.disconnect();
process.stdout.write('done\n');
