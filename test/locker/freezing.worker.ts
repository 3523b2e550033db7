// Holds a lock and watches the clock in one unbroken run of code, so that no timer, signal or promise has its turn:
// node freezing.worker.js '{"place": …, "name": …, "ttlMs": …, "freezeMs": …}'
// Prints the fence when it holds the lock and, after a gap of `freezeMs`, the first thing that the lock says.
import {Locker} from 'holdfast';
import {writeSync} from 'node:fs';

import {connectTo, type Place} from './place.js';

export interface Freeze {
  readonly place: Place;
  readonly name: string;
  readonly ttlMs: number;
  readonly freezeMs: number;
}

const {place, name, ttlMs, freezeMs} = JSON.parse(process.argv[2] ?? '') as Freeze;
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
process.stdout.write(`${JSON.stringify({before, isHeld, after: signal.aborted})}\n`);
for (const client of clients) client.disconnect();
