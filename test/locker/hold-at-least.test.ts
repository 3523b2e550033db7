import {expect} from 'chai';
import {Locker, LockLostError} from 'holdfast';
import type {Cluster, Redis} from 'ioredis';
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {fileURLToPath} from 'node:url';

import {rejectionOf} from '../rejection.js';
import {until} from '../until.js';
import {newName} from './names.js';
import {at, fenceKeyOf, keyOf} from './nodes.js';
import {layouts, oneNode, type Topology} from './topologies.js';

const leaving = fileURLToPath(new URL('leaving.worker.js', import.meta.url));

const channelOf = (name: string): string => `{${keyOf(name)}}:released`;

// What servers and timers may round off.
const ROUNDING_MS = 5;

for (const layout of layouts) {
  describe(`a lock that is held at least for a time, on ${layout.name},`, () => {
    let topology: Topology;
    let clients: readonly (Redis | Cluster)[];
    let locker: Locker;
    let other: Locker;

    before(async () => {
      topology = await layout.get();
      clients = topology.connect();
      locker = new Locker(clients);
      other = new Locker(topology.connect());
    });

    after(async () => {
      await Promise.all([locker.close(), other.close()]);
    });

    /** The times that the servers which have a key still let it live. */
    const pttls = async (name: string): Promise<readonly number[]> => {
      const all = await Promise.all(clients.map((client) => client.pttl(keyOf(name))));
      return all.filter((pttl) => pttl !== -2);
    };

    it('is had by nobody before that time is over, and then by whoever waits', async () => {
      const name = newName();
      const startedAt = performance.now();
      const lock = await locker.acquire(name, {holdAtLeastMs: 700});
      const isOurs = await lock.release();

      const tried = await Promise.all([locker.tryAcquire(name), other.tryAcquire(name)]);
      const triedAt = performance.now();
      const turns = [locker, other].map(async (each) => {
        await using next = await each.acquire(name);
        return {fence: next.fence, atMs: performance.now() - startedAt};
      });
      const order = (await Promise.all(turns)).toSorted((a, b) => a.fence - b.fence);

      expect(isOurs).to.equal(true);
      if (triedAt - startedAt < 600) expect(tried).to.deep.equal([undefined, undefined]);
      expect(order[0]?.atMs).to.be.above(700 - ROUNDING_MS);
      expect(order[0]?.fence).to.be.above(lock.fence);
    });

    it('is over for its holder at once', async () => {
      const lock = await locker.acquire(newName(), {holdAtLeastMs: 60_000});
      await lock.release();

      expect(lock.isHeld).to.equal(false);
      expect(lock.remainingMs).to.equal(0);
      expect(lock.signal.aborted).to.equal(false);
      expect(await rejectionOf(lock.extend())).to.be.an.instanceOf(LockLostError);
    });

    it('stays for exactly the rest of the time, whatever its time to live', async () => {
      const long = newName('long');
      const short = newName('short');
      await locker.using(long, {ttlMs: 500, holdAtLeastMs: 60_000}, () => {});
      await locker.using(short, {ttlMs: 60_000, holdAtLeastMs: 5000}, () => {});

      await until(async () => (await pttls(long)).every((pttl) => pttl > 1000));
      await until(async () => (await pttls(short)).every((pttl) => pttl <= 5000));
      expect(await pttls(long)).to.not.be.empty;
      expect(Math.max(...(await pttls(long)))).to.be.at.most(60_000);
    });

    it('is free as soon as it is released after that', async () => {
      const name = newName();
      const lock = await locker.acquire(name, {holdAtLeastMs: 1});
      await until(() => lock.remainingMs < 9390);
      const waiting = other.acquire(name);

      await lock.release();

      await using next = await waiting;
      expect(next.fence).to.be.above(lock.fence);
    });

    it('stays when its work throws, and when it is lost', async () => {
      const name = newName();
      const mistake = new Error('of the work');
      const options = {holdAtLeastMs: 60_000};

      const failed = await rejectionOf(
        locker.using(`${name}:a`, options, () => {
          throw mistake;
        }),
      );
      const lost = await rejectionOf(
        locker.using(`${name}:b`, {...options, maxHoldMs: 20}, ({signal}) =>
          until(() => signal.aborted),
        ),
      );

      expect(failed).to.equal(mistake);
      expect(lost).to.be.an.instanceOf(LockLostError);
      for (const each of [`${name}:a`, `${name}:b`]) {
        expect(await other.tryAcquire(each)).to.equal(undefined);
        await until(async () => (await pttls(each)).every((pttl) => pttl > 20_000));
      }
    });

    it('stays on each of several resources, and leaves that of another holder alone', async () => {
      const tag = newName();
      const names = ['a', 'b', 'c'].map((each) => `{${tag}}:${each}`);
      const [a = '', b = '', c = ''] = names;
      const lock = await locker.acquire(names, {holdAtLeastMs: 60_000});
      await Promise.all(clients.map((client) => client.set(keyOf(b), 'a thief', 'PX', 300)));

      const isOurs = await lock.release();

      expect(isOurs).to.equal(false);
      await until(async () => (await pttls(b)).length === 0);
      for (const each of [a, c]) {
        expect((await pttls(each)).every((pttl) => pttl > 20_000)).to.equal(true);
        expect(await other.tryAcquire(each)).to.equal(undefined);
      }
    });

    it('is not waited for by close', async () => {
      const name = newName();
      const closing = new Locker(topology.connect());
      const lock = await closing.acquire(name, {holdAtLeastMs: 60_000});

      await closing.close();

      expect(lock.signal.reason).to.be.an.instanceOf(LockLostError);
      expect(await other.tryAcquire(name)).to.equal(undefined);
      await until(async () => (await pttls(name)).every((pttl) => pttl > 20_000));
    });

    it('stays after its process has ended', async () => {
      const name = newName();
      const place = JSON.stringify(topology.place);

      const [code] = await once(
        spawn(process.execPath, [leaving, place, name, '60000'], {stdio: 'inherit'}),
        'exit',
      );

      expect(code).to.equal(0);
      expect(await other.tryAcquire(name)).to.equal(undefined);
      expect((await pttls(name)).every((pttl) => pttl > 20_000)).to.equal(true);
    });

    it('stays for each of many that end in one turn', async () => {
      const prefix = `{${newName()}}`;
      const names = Array.from({length: 30}, (_, index) => `${prefix}:${index}`);

      await Promise.all(
        names.map((name, index) => locker.using(name, {holdAtLeastMs: 50_000 + index}, () => {})),
      );

      const tried = await Promise.all(names.map((name) => other.tryAcquire(name)));
      expect(tried.every((lock) => lock === undefined)).to.equal(true);
    });
  });
}

describe('a lock that is held at least for a time', () => {
  let redis: Redis;
  let locker: Locker;

  before(async () => {
    const topology = await oneNode.get();
    redis = at(topology.direct, 0);
    locker = new Locker(topology.connect());
  });

  after(async () => {
    await locker.close();
  });

  it('keeps its fence counter longer than itself', async () => {
    const name = newName();
    await locker.using(name, {holdAtLeastMs: 3_600_000}, () => {});

    expect(await redis.pttl(fenceKeyOf(name))).to.be.above(3_600_000);
  });

  it('is had by who waits as soon as that is over, though its time to live would end later', async () => {
    const name = newName();
    await using patient = new Locker((await oneNode.get()).connect(), {ttlMs: 60_000});
    const lock = await locker.acquire(name, {ttlMs: 60_000, holdAtLeastMs: 500});
    const waiting = patient.acquire(name);
    await until(async () => (await redis.pubsub('NUMSUB', channelOf(name)))[1] === 1);

    await lock.release();
    const isLeft = (await redis.exists(keyOf(name))) === 1;

    await using next = await waiting;
    expect(isLeft).to.equal(true);
    expect(next.fence).to.be.above(lock.fence);
  });

  it('tells those who wait for how much longer it stays, or to look when that is less', async () => {
    const [longer, shorter] = [newName(), newName()];
    const listener = redis.duplicate();
    const told = new Map<string, string>();
    listener.on('message', (channel: string, message: string) => told.set(channel, message));
    await listener.subscribe(channelOf(longer), channelOf(shorter));
    try {
      await locker.using(longer, {ttlMs: 500, holdAtLeastMs: 60_000}, () => {});
      await locker.using(shorter, {ttlMs: 60_000, holdAtLeastMs: 20_000}, () => {});
      await until(() => told.size === 2);
    } finally {
      listener.disconnect();
    }

    expect(Number(told.get(channelOf(longer)))).to.be.within(40_000, 60_000);
    expect(told.get(channelOf(shorter))).to.equal('');
  });

  it('takes a whole number of milliseconds', async () => {
    for (const holdAtLeastMs of [-1, 0.5, 2 ** 31, Infinity, Number.NaN]) {
      const error = await rejectionOf(locker.acquire('a', {holdAtLeastMs}));
      expect(error).to.be.an.instanceOf(RangeError);
      expect((error as Error).message).to.include('`holdAtLeastMs`');
    }
    const error = await rejectionOf(locker.acquire('a', {holdAtLeastMs: '5' as never}));
    expect(error).to.be.an.instanceOf(TypeError);
  });
});
