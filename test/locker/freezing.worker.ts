// Holds a lock and watches the clock in one unbroken run of code, so that no timer, signal or promise has its turn:
// node freezing.worker.js '{"place": …, "ledger": …, "name": …, "ttlMs": …, "freezeMs": …}'
// Prints the fence when it holds the lock and, after a gap of `freezeMs`, the first thing that the lock says, and whether a
// resource that checks fences took what it wrote after that.
import {Locker} from 'holdfast';
import {FencedResource} from 'holdfast/utilities';
import {Redis} from 'ioredis';
import {writeSync} from 'node:fs';

import {connectTo, type Place} from './place.js';

export interface Freeze {
  readonly place: Place;
  /** Where the resource is that is named like the lock. */
  readonly ledger: string;
  readonly name: string;
  readonly ttlMs: number;
  readonly freezeMs: number;
}

const {place, ledger, name, ttlMs, freezeMs} = JSON.parse(process.argv[2] ?? '') as Freeze;
const clients = connectTo(place);
const lock = await new Locker(clients, {ttlMs}).acquire(name);
const {signal} = lock;

const giveUpAt = performance.now() + 20_000;
let last = performance.now();
writeSync(1, `${lock.fence}\n`);
for (let now = last; now - last < freezeMs && now < giveUpAt;) {
  last = now;
  now = performance.now();
}
const before = signal.aborted;
const {isHeld} = lock;
const after = signal.aborted;
const book = new Redis(ledger);
const isWritten = await new FencedResource(book, `ledger:${name}`).write(lock.fence, 'late');
process.stdout.write(`${JSON.stringify({before, isHeld, after, isWritten})}\n`);
for (const client of [...clients, book]) client.disconnect();
