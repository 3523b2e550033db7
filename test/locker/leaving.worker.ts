// A process that does a piece of work and ends: node leaving.worker.js '{"kind": …, "urls": …}' name holdAtLeastMs
import {Locker} from 'holdfast';

import {connectTo, type Place} from './place.js';

const [place = '', name = '', holdAtLeastMs = ''] = process.argv.slice(2);
const clients = connectTo(JSON.parse(place) as Place);
const locker = new Locker(clients);

await locker.using(name, {holdAtLeastMs: Number(holdAtLeastMs)}, () => {});
await locker.close();
for (const client of clients) client.disconnect();
