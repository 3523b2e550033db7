import {usageError} from '../cli-error.js';
import type {Command} from '../command.js';
import {EXIT} from '../exit-codes.js';
import {time, whole, type Option} from '../option.js';
import {withSignals} from '../process/signals.js';
import {REDIS} from '../redis/options.js';
import {startOwnServers} from '../redis/own-servers.js';
import {placeOf, urlsOf} from '../redis/place.js';
import {withIoredis} from '../redis/with-ioredis.js';

const TIME: Option<number | undefined> = time(
  {name: 'time', about: 'how long the processes contend (default: 16s)'},
  3000,
);

const PROCESSES: Option<number | undefined> = whole(
  {name: 'processes', about: 'how many there are (default: 5)'},
  2,
  50,
);

const TTL: Option<number | undefined> = time(
  {name: 'ttl', about: 'how long the lock outlives the holder that is killed (default: 2s)'},
  300,
);

/** Shows processes that contend for a lock, one of which is killed while it holds. */
export const demo: Command = {
  name: 'demo',
  about: 'shows processes that contend for one lock, and what happens when its holder is killed',
  operands: [],
  takesCommand: false,
  options: [
    TIME,
    PROCESSES,
    TTL,
    {
      ...REDIS,
      about:
        'a server; given several times, they vote (default: REDIS_URLS or REDIS_URL, else three servers of its own)',
    },
  ],
  notes: [
    'Without a url, it starts three servers for itself and ends them when it is done. For that redis-server, valkey-server or keydb-server has to be on the PATH.',
  ],
  async run(args, {env, stdout}) {
    const {demo: play} = await withIoredis(() => import('../demo/demo.js'));
    const given = args.get(REDIS);
    const isGiven = given.length > 0 || [env['REDIS_URLS'], env['REDIS_URL']].some(Boolean);
    return withSignals(async ({ended}) => {
      const own = isGiven ? undefined : await startOwnServers(3, env);
      try {
        const isClean = await play({
          urls: own?.urls ?? urlsOf(given, env).map(serverUrl),
          processes: args.get(PROCESSES),
          seconds: (args.get(TIME) ?? 16_000) / 1000,
          ttlMs: args.get(TTL),
          signal: ended,
          out: stdout,
        });
        return isClean ? EXIT.ok : EXIT.fault;
      } finally {
        await own?.stop();
      }
    });
  },
};

function serverUrl(url: string): string {
  const place = placeOf(url);
  if (place.kind === 'server') return place.url;
  throw usageError('Expected the urls of the demo to be those of servers, got that of a Sentinel');
}
