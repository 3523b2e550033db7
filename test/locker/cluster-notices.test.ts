import {releaseChannel} from '#internal/redis/hash-tag.js';
import {expect} from 'chai';
import {Locker, type LockInfo, type RedisClient} from 'holdfast';
import {Cluster, Redis} from 'ioredis';
import {Cluster as Cluster5} from 'ioredis5';

import {ownServersOnly} from '../redis/own-servers-only.js';
import {startCluster, type RedisCluster} from '../redis/start-cluster.js';
import {slotOf} from '../slot-of.js';
import {until} from '../until.js';
import {atRest} from './at-rest.js';
import {callsFrom} from './calls-from.js';
import {inMs} from './in-ms.js';
import {newName} from './names.js';
import {at, keyOf} from './nodes.js';

// Whoever was not told of a release would sleep for that long.
const slow = {ttlMs: 30_000, timeoutMs: 30_000};

/** A Cluster, and what connects to it. */
class Servers {
  readonly #cluster: RedisCluster;
  readonly direct: readonly Redis[];
  readonly #clients: {disconnect: () => void}[] = [];
  readonly #lockers: Locker[] = [];

  constructor(cluster: RedisCluster) {
    this.#cluster = cluster;
    this.direct = cluster.nodes.map(({url}) => this.#closed(new Redis(url)));
  }

  static async start(args: readonly string[] = []): Promise<Servers> {
    return new Servers(await startCluster(args));
  }

  connect(Client: typeof Cluster = Cluster): Cluster {
    return this.#closed(new Client(this.#cluster.nodes.map(({host, port}) => ({host, port}))));
  }

  locker(client: Cluster | Redis | RedisClient = this.connect(), options = {}): Locker {
    const locker = new Locker(client, {...slow, ...options});
    this.#lockers.push(locker);
    return locker;
  }

  /** The server that has the key, and the others. */
  async around(name: string): Promise<{owner: Redis; others: readonly Redis[]}> {
    const slot = slotOf(keyOf(name));
    const owned = await Promise.all(
      this.direct.map(async (redis) => {
        const [mine = ''] = String(await redis.call('CLUSTER', 'NODES')).match(/.*myself.*/) ?? [];
        return [...mine.matchAll(/ (\d+)(?:-(\d+))?(?= |$)/g)].some(
          ([, from, to = from]) => Number(from) <= slot && slot <= Number(to),
        );
      }),
    );
    const owner = at(this.direct, owned.indexOf(true));
    return {owner, others: this.direct.filter((redis) => redis !== owner)};
  }

  plain(redis: Redis): Redis {
    return this.#closed(redis.duplicate());
  }

  /** How many lockers hear of a release by one of the two kinds. */
  async listening(name: string, count: 'NUMSUB' | 'SHARDNUMSUB'): Promise<number> {
    const replies = await Promise.all(
      this.direct.map((redis) => redis.call('PUBSUB', count, releaseChannel(keyOf(name)))),
    );
    return replies.reduce<number>((sum, reply) => sum + Number((reply as unknown[])[1]), 0);
  }

  /** How many messages the servers have passed on to each other. */
  async passedOn(): Promise<number> {
    const infos = await Promise.all(this.direct.map((redis) => redis.call('CLUSTER', 'INFO')));
    const counts = infos.join('\n').matchAll(/messages_publish(?:shard)?_sent:(\d+)/g);
    return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
  }

  /** Moves the slot of a lock, with all that is in it, to another server. */
  async migrate(name: string): Promise<Redis> {
    const slot = slotOf(keyOf(name));
    const {owner, others} = await this.around(name);
    const target = at(others, 0);
    const [from, to] = await Promise.all(
      [owner, target].map(async (redis) => String(await redis.call('CLUSTER', 'MYID'))),
    );
    await target.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', from ?? '');
    await owner.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', to ?? '');
    const keys = (await owner.call('CLUSTER', 'GETKEYSINSLOT', slot, 100)) as string[];
    const {host = '', port = 0} = target.options;
    await owner.call('MIGRATE', host, port, '', 0, 5000, 'KEYS', ...keys);
    for (const redis of [target, owner, ...others]) {
      await redis.call('CLUSTER', 'SETSLOT', slot, 'NODE', to ?? '');
    }
    return target;
  }

  async close(): Promise<void> {
    await Promise.all(this.#lockers.splice(0).map((locker) => locker.close()));
  }

  async stop(): Promise<void> {
    await this.close();
    for (const client of this.#clients) client.disconnect();
    await this.#cluster.stop();
  }

  #closed<T extends {disconnect: () => void}>(client: T): T {
    this.#clients.push(client);
    return client;
  }
}

describe('notices on a Cluster', () => {
  let servers: Servers;

  before(ownServersOnly);

  before(async () => {
    servers = await Servers.start();
  });

  afterEach(() => servers?.close());

  after(() => servers?.stop());

  const heardSharded = (name: string, count = 1): Promise<void> =>
    until(async () => (await servers.listening(name, 'SHARDNUMSUB')) >= count);

  for (const [version, Client] of [
    ['6', Cluster],
    ['5', Cluster5 as unknown as typeof Cluster],
  ] as const) {
    it(`wake one who waits, who asks nothing until then, and stay on one server, with ioredis ${version}`, async () => {
      const name = newName();
      const client = servers.connect(Client);
      const callCount = callsFrom([client]);
      const lock = await servers.locker(servers.connect(Client)).acquire(name);
      const waiting = servers.locker(client).acquire(name);
      await heardSharded(name);
      const before = await atRest(callCount);
      const passedOn = await servers.passedOn();

      await lock.extend();
      const during = (await atRest(callCount)) - before;
      const tookMs = await inMs(async () => {
        await lock.release();
        await waiting;
      });

      expect(during).to.equal(0);
      expect(tookMs).to.be.below(1000);
      expect(await servers.passedOn()).to.equal(passedOn);
    });

    it(`follow a lock that is moved to another server, with ioredis ${version}`, async function () {
      this.timeout(20_000);
      const name = newName();
      const lock = await servers.locker().acquire(name);
      const waiting = servers.locker(servers.connect(Client)).acquire(name);
      await heardSharded(name);
      const target = await servers.migrate(name);
      await until(async () => {
        const [, count] = (await target.call(
          'PUBSUB',
          'SHARDNUMSUB',
          releaseChannel(keyOf(name)),
        )) as [string, number];
        return count === 1;
      }, 15_000);

      const tookMs = await inMs(async () => {
        await lock.release();
        await waiting;
      });

      expect(tookMs).to.be.below(1000);
    });
  }

  it('reach those who stand in line and those who watch, and stay on one server', async () => {
    const name = newName();
    const [one, two] = [1, 2].map(() => servers.locker(undefined, {fair: true}));
    const watcher = servers.locker();
    const seen: LockInfo[] = [];
    const stop = new AbortController();
    const lock = await one?.acquire(name);
    const watching = (async () => {
      for await (const info of watcher.watch(name, {signal: stop.signal})) seen.push(info);
    })().catch(() => {});
    const waiting = two?.acquire(name);
    await heardSharded(name, 2);
    await until(() => seen.length === 1);
    const passedOn = await servers.passedOn();

    await lock?.announce('here');
    await until(() => seen.at(-1)?.value === 'here');
    const tookMs = await inMs(async () => {
      await lock?.release();
      await waiting;
    });
    const after = await waiting;
    await until(() => seen.at(-1)?.token === after?.token);
    stop.abort();
    await watching;

    expect(tookMs).to.be.below(1000);
    expect(await servers.passedOn()).to.equal(passedOn);
  });

  it('tell those who wait of a forced release, and the holder wherever it is connected', async () => {
    const name = newName();
    const lock = await servers.locker().acquire(name);
    const {signal} = lock;
    const waiting = servers.locker().acquire(name);
    await heardSharded(name);
    const channel = `holdfast:forced:${lock.token.slice(0, 12)}`;
    await until(async () => {
      const replies = await Promise.all(
        servers.direct.map((each) => each.pubsub('NUMSUB', channel)),
      );
      return replies.some(([, count]) => Number(count) > 0);
    });
    const passedOn = await servers.passedOn();

    const tookMs = await inMs(async () => {
      await servers.locker().forceRelease(name);
      await waiting;
    });
    await until(() => signal.aborted);

    expect(tookMs).to.be.below(1000);
    // The one message to the holder, to both of the other servers.
    expect((await servers.passedOn()) - passedOn).to.equal(2);
  });

  it('are heard by one who has an ordinary client for the server that has the lock, and sent by it', async () => {
    const name = newName();
    const {owner} = await servers.around(name);
    const plain = servers.locker(servers.plain(owner));
    const lock = await servers.locker().acquire(name);
    const waiting = plain.acquire(name);
    await heardSharded(name);

    const heardMs = await inMs(async () => {
      await lock.release();
      await waiting;
    });
    const next = servers.locker().acquire(name);
    await heardSharded(name);
    const sentMs = await inMs(async () => {
      await (await waiting).release();
      await next;
    });

    expect(heardMs).to.be.below(1000);
    expect(sentMs).to.be.below(1000);
  });

  it('pass between clients that know nothing of sharded messages, and from them to those that do', async () => {
    const name = newName();
    const {others} = await servers.around(name);
    const listen =
      (redis: Redis): NonNullable<RedisClient['listen']> =>
      (channel, onMessage) => {
        const connection = servers.plain(redis);
        connection.on('message', (_, message) => onMessage(message));
        return {heard: connection.subscribe(channel), stop: () => connection.disconnect()};
      };
    const [one, two] = others.map((redis): Locker => {
      const cluster = servers.connect();
      return servers.locker({
        send: (command, args) => cluster.call(command, ...args),
        listen: listen(redis),
      });
    });
    const lock = await one?.acquire(name);
    const waiting = two?.acquire(name);
    await until(async () => (await servers.listening(name, 'NUMSUB')) > 0);

    const amongMs = await inMs(async () => {
      await lock?.release();
      await waiting;
    });
    const next = servers.locker().acquire(name);
    await heardSharded(name);
    const toOthersMs = await inMs(async () => {
      await (await waiting)?.release();
      await next;
    });

    expect(amongMs).to.be.below(1000);
    expect(toOthersMs).to.be.below(1000);
  });

  it('are looked for by one whose subscription was cut off when they were told', async () => {
    const name = newName();
    const {owner} = await servers.around(name);
    const lock = await servers.locker().acquire(name);
    const waiting = servers.locker().acquire(name);
    await heardSharded(name);

    const tookMs = await inMs(async () => {
      await owner.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
      await lock.release();
      await waiting;
    });

    expect(tookMs).to.be.below(10_000);
  });
});

for (const [what, args] of [
  ['SPUBLISH', ['--rename-command', 'SPUBLISH', '']],
  ['sharded messages', ['--rename-command', 'SPUBLISH', '', '--rename-command', 'SSUBSCRIBE', '']],
] as const) {
  describe(`notices on a Cluster that does not know ${what}`, () => {
    let servers: Servers;

    before(ownServersOnly);

    before(async () => {
      servers = await Servers.start(args);
    });

    after(() => servers?.stop());

    it('wake one who waits, who asks nothing until then', async () => {
      const name = newName();
      const client = servers.connect();
      const callCount = callsFrom([client]);
      const lock = await servers.locker().acquire(name);
      const waiting = servers.locker(client).acquire(name);
      await until(async () => (await servers.listening(name, 'NUMSUB')) > 0);
      const before = await atRest(callCount);

      await lock.extend();
      const during = (await atRest(callCount)) - before;
      const tookMs = await inMs(async () => {
        await lock.release();
        await waiting;
      });

      expect(during).to.equal(0);
      expect(tookMs).to.be.below(1000);
    });
  });
}
