// Holds a lock with a thread for it, releases it, and disconnects the clients: nothing may keep this process.
import {Locker} from 'holdfast';
import {Redis} from 'ioredis';

import {newName} from './names.js';

const clients = process.argv.slice(2).map((url) => new Redis(url));
const locker = new Locker(clients, {keepAlive: 'worker'});
await locker.using(newName(), () => {});
for (const client of clients) client.disconnect();
process.stdout.write('done\n');
