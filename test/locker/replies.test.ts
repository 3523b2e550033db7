import {expect} from 'chai';
import {Locker, LockTimeoutError, QuorumError} from 'holdfast';

import {rejectionOf} from '../rejection.js';
import {until} from '../until.js';
import {newName} from './names.js';
import {fenceKeyOf, keyOf, Nodes} from './nodes.js';

const codesOf = (error: unknown): (string | undefined)[] => {
  if (!(error instanceof QuorumError)) throw new Error('Expected a QuorumError', {cause: error});
  return error.nodeErrors.map(({replyCode}) => replyCode);
};

for (const count of [1, 3]) {
  describe(`what servers can answer, on ${count} node${count > 1 ? 's' : ''}:`, () => {
    let nodes: Nodes;
    let locker: Locker;

    before(async () => {
      nodes = await Nodes.start(count);
    });

    after(async () => {
      await nodes.stop();
    });

    beforeEach(() => {
      locker = new Locker(nodes.connect(), {ttlMs: 2000, nodeTimeoutMs: 300});
    });

    afterEach(async () => {
      await locker.close();
    });

    const onAll = (act: (redis: Nodes['direct'][number]) => Promise<unknown>): Promise<unknown> =>
      Promise.all(nodes.direct.map((redis) => act(redis)));

    it('a key of another type is an error at once, however long one would wait', async () => {
      const name = newName();
      await onAll((redis) => redis.rpush(keyOf(name), 'an item'));

      const error = await rejectionOf(locker.acquire(name, {timeoutMs: 60_000}));

      expect(codesOf(error)).to.include('WRONGTYPE');
      await onAll(async (redis) => {
        expect(await redis.lrange(keyOf(name), 0, -1)).to.deep.equal(['an item']);
      });
    });

    it("a key without a time to live is somebody else's, and waited for", async () => {
      const name = newName();
      await onAll((redis) => redis.set(keyOf(name), 'for ever'));

      const attempt = await locker.tryAcquire(name);
      const error = await rejectionOf(locker.acquire(name, {timeoutMs: 400}));

      expect(attempt).to.equal(undefined);
      expect(error).to.be.an.instanceOf(LockTimeoutError);
      await onAll(async (redis) => {
        expect(await redis.get(keyOf(name))).to.equal('for ever');
        expect(await redis.ttl(keyOf(name))).to.equal(-1);
      });
    });

    it('a key without a time to live that is deleted lets the next one in', async () => {
      const name = newName();
      await onAll((redis) => redis.set(keyOf(name), 'for ever'));
      const acquiring = locker.acquire(name, {ttlMs: 1200, timeoutMs: 30_000});
      const start = performance.now();
      await until(() => performance.now() - start > 100);

      await onAll((redis) => redis.del(keyOf(name)));
      const lock = await acquiring;

      expect(await lock.release()).to.equal(true);
    });

    it('the lock of another library is respected until it ends', async () => {
      const name = newName();
      await onAll((redis) => redis.set(keyOf(name), 'theirs', 'PX', 600, 'NX'));

      const attempt = await locker.tryAcquire(name);
      const start = performance.now();
      const lock = await locker.acquire(name);
      const tookMs = performance.now() - start;

      expect(attempt).to.equal(undefined);
      expect(tookMs).to.be.within(300, 5000);
      expect(await lock.release()).to.equal(true);
    });

    it('a lock of ours keeps other libraries out, and is what they expect', async () => {
      const name = newName();
      const lock = await locker.acquire(name);
      await nodes.haveAll(keyOf(name), lock.token);

      const replies = await Promise.all(
        nodes.direct.map((redis) => redis.set(keyOf(name), 'theirs', 'PX', 1000, 'NX')),
      );

      expect(replies.every((reply) => reply === null)).to.equal(true);
      expect(await nodes.get(keyOf(name))).to.deep.equal(nodes.servers.map(() => lock.token));
      await onAll(async (redis) => {
        expect(await redis.type(keyOf(name))).to.equal('string');
        expect(await redis.pttl(keyOf(name))).to.be.within(1, 2000);
      });
      await lock.release();
    });

    it('the prefix stands before the name, or nothing', async () => {
      const name = newName();
      const bare = new Locker(nodes.connect(), {keyPrefix: ''});
      const own = new Locker(nodes.connect(), {keyPrefix: 'app:'});

      const locks = [await bare.acquire(name), await own.acquire(name), await locker.acquire(name)];

      for (const [index, key] of [name, `app:${name}`, keyOf(name)].entries()) {
        await nodes.haveAll(key, locks[index]?.token ?? '');
      }
      for (const lock of locks) expect(await lock.release()).to.equal(true);
    });

    it('a replica that cannot be written to is an error, and never "held by others"', async () => {
      const name = newName();
      await onAll((redis) => redis.replicaof('127.0.0.1', 1));

      const error = await rejectionOf(locker.tryAcquire(name));
      const waited = await rejectionOf(locker.acquire(name, {timeoutMs: 300}));
      await onAll((redis) => redis.replicaof('NO', 'ONE'));

      expect(new Set(codesOf(error))).to.deep.equal(new Set(['READONLY']));
      expect(new Set(codesOf(waited))).to.deep.equal(new Set(['READONLY']));
      expect(await (await locker.acquire(name)).release()).to.equal(true);
    });

    it('a server without memory takes no locks, but extends and frees those that it has', async () => {
      const name = newName();
      const lock = await locker.acquire(name, {ttlMs: 5000});
      await nodes.haveAll(keyOf(name), lock.token);
      await onAll((redis) => redis.config('SET', 'maxmemory', '1'));

      const error = await rejectionOf(locker.tryAcquire(newName()));
      await lock.extend(20_000);
      await until(async () => {
        const lives = await Promise.all(nodes.direct.map((redis) => redis.pttl(keyOf(name))));
        return lives.every((ms) => ms > 10_000);
      });
      const released = await lock.release();
      await onAll((redis) => redis.config('SET', 'maxmemory', '0'));

      expect(new Set(codesOf(error))).to.deep.equal(new Set(['OOM']));
      expect(released).to.equal(true);
      await until(async () => (await nodes.count(keyOf(name))) === 0);
    });

    it('text in the fence counter is an error at once, and leaves no lock', async () => {
      const name = newName();
      await onAll((redis) => redis.set(fenceKeyOf(name), 'a text'));

      const error = await rejectionOf(locker.acquire(name, {timeoutMs: 60_000}));

      expect(codesOf(error)).to.include('FENCE');
      expect(await nodes.count(keyOf(name))).to.equal(0);
      await onAll(async (redis) => {
        expect(await redis.get(fenceKeyOf(name))).to.equal('a text');
      });
    });

    it('a user who may not publish can obtain, extend and release', async () => {
      await onAll((redis) =>
        redis.acl('SETUSER', 'mute', 'on', '>mute', '~*', '&*', '+@all', '-publish'),
      );
      const user = {username: 'mute', password: 'mute'};
      await using mutes = new Locker(nodes.connect(user), {ttlMs: 2000});

      const lock = await mutes.acquire(newName());
      await lock.extend(5000);

      expect(lock.remainingMs).to.be.above(3000);
      expect(await lock.release()).to.equal(true);
    });

    it('a user without permission is an error at once', async () => {
      await onAll((redis) =>
        redis.acl(
          'SETUSER',
          'guest',
          'on',
          '>guest',
          '~lock:none*',
          '+@all',
          '-@dangerous',
          '+info',
        ),
      );
      const guests = new Locker(
        nodes.connect({username: 'guest', password: 'guest', maxRetriesPerRequest: 0}),
        {ttlMs: 2000, nodeTimeoutMs: 300},
      );

      const error = await rejectionOf(guests.acquire(newName(), {timeoutMs: 60_000}));

      expect(codesOf(error)).to.include('NOPERM');
      await guests.close();
    });
  });
}

describe('one server in the place of two', () => {
  it('is refused when it is first used, whether as two clients or as a client and its duplicate', async () => {
    await using nodes = await Nodes.start(1);
    const [one, other, direct] = [nodes.connect(), nodes.connect(), nodes.redis(0)];
    const duplicate = direct.duplicate();
    const name = newName();

    const errors = await Promise.all([
      rejectionOf(new Locker([...one, ...other]).acquire(name)),
      rejectionOf(new Locker([...one, ...other]).tryAcquire(`${name}:2`)),
      rejectionOf(new Locker([direct, duplicate]).tryAcquire(`${name}:3`)),
    ]);
    duplicate.disconnect();

    for (const error of errors) {
      expect(error).to.be.an.instanceOf(RangeError);
      expect(String(error)).to.include('`nodes`');
    }
    await until(async () => (await nodes.count(keyOf(name))) === 0, 2000);
  });
});
