import {expect} from 'chai';
import {Locker, LockLostError, SelfDeadlockError, type RedisClient} from 'holdfast';

import {Deferred} from '../deferred.js';
import {newName} from '../locker/names.js';
import {at, keyOf} from '../locker/nodes.js';
import {oneNode, type Topology} from '../locker/topologies.js';
import {rejectionOf} from '../rejection.js';

const reentrant = true;

describe('a re-entrant section', () => {
  let topology: Topology;
  let locker: Locker;
  let other: Locker;
  let sent = 0;

  before(async () => {
    topology = await oneNode.get();
    const redis = at(topology.direct, 0);
    const counting: RedisClient = {
      send(command, args) {
        sent += 1;
        return redis.call(command, ...args);
      },
    };
    locker = new Locker(counting, {ttlMs: 600_000});
    other = new Locker(topology.connect());
  });

  after(async () => {
    await Promise.all([locker.close(), other.close()]);
  });

  it('is entered again at once, with the same lock, and with nothing sent', async () => {
    const name = newName();

    await locker.using(name, {reentrant}, async (lock) => {
      const before = sent;
      const inner = await locker.using(name, {reentrant}, async (again) => {
        await new Promise(setImmediate);
        return locker.using([name], {reentrant, ifBusy: 'skip'}, (third) => [again, third]);
      });
      expect(inner).to.deep.equal([lock, lock]);
      expect(sent).to.equal(before);
    });
  });

  it('is released once, by the outermost', async () => {
    const name = newName();

    const lock = await locker.using(name, {reentrant}, async (outer) => {
      await locker.using(name, {reentrant}, () => {});
      await rejectionOf(locker.using(name, {reentrant}, () => Promise.reject(new Error('inner'))));
      expect(outer.isHeld).to.equal(true);
      expect(await other.tryAcquire(name)).to.equal(undefined);
      return outer;
    });

    expect(lock.isHeld).to.equal(false);
    await using next = await other.acquire(name);
    expect(next.fence).to.be.above(lock.fence);
  });

  it('is entered by wrapped functions and methods that call each other', async () => {
    const name = newName();
    class Tree {
      @locker.locked(name, {reentrant})
      async depth(levels: number): Promise<number> {
        return levels === 0 ? 0 : 1 + (await deeper(this, levels - 1));
      }
    }
    const deeper = locker.wrap(name, (tree: Tree, levels: number) => tree.depth(levels), {
      reentrant,
    });

    expect(await new Tree().depth(5)).to.equal(5);
  });

  it('is entered for some of what it holds, with the fences of all', async () => {
    const [a, b] = [newName(), newName()];

    const fences = await locker.using([a, b], {reentrant}, (lock) =>
      locker.using(b, {reentrant}, (inner) => [inner.fences.get(b), lock.fences.get(b)]),
    );

    expect(fences[0]).to.be.a('number').that.equals(fences[1]);
  });

  it('is entered again from within a section on something else', async () => {
    const [a, b] = [newName(), newName()];

    const locks = await locker.using(a, {reentrant}, (outer) =>
      locker.using(b, {reentrant}, (between) =>
        locker.using(a, {reentrant}, (inner) => [outer, between, inner]),
      ),
    );

    expect(locks[2]).to.equal(locks[0]);
    expect(locks[1]).to.not.equal(locks[0]);
  });

  it('is entered by no other flow, and by no other locker', async () => {
    const name = newName();
    const end = new Deferred<void>();
    const order: string[] = [];
    const entered = new Deferred<void>();
    const first = locker.using(name, {reentrant}, async () => {
      entered.resolve();
      await end.promise;
      expect(await other.using(name, {reentrant, ifBusy: 'skip'}, () => 'in')).to.equal(undefined);
      order.push('first');
    });
    await entered.promise;
    const second = locker.using(name, {reentrant}, () => void order.push('second'));

    const skipped = await locker.using(name, {reentrant, ifBusy: 'skip'}, () => 'in');
    end.resolve();
    await Promise.all([first, second]);

    expect(skipped).to.equal(undefined);
    expect(order).to.deep.equal(['first', 'second']);
  });

  it('lets all branches of a flow in at the same time', async () => {
    const name = newName();
    let together = 0;
    let most = 0;
    const branch = async (): Promise<void> => {
      together += 1;
      most = Math.max(most, together);
      await new Promise(setImmediate);
      together -= 1;
    };

    await locker.using(name, {reentrant}, () =>
      Promise.all([
        locker.using(name, {reentrant}, branch),
        locker.using(name, {reentrant}, branch),
      ]),
    );

    expect(most).to.equal(2);
  });

  it('refuses at once what would wait for itself', async () => {
    const [a, b] = [newName(), newName()];

    await locker.using(a, {reentrant}, async () => {
      const before = sent;
      const plain = await rejectionOf(locker.using(a, () => {}));
      const more = await rejectionOf(locker.using([a, b], {reentrant}, () => {}));

      for (const error of [plain, more]) {
        expect(error).to.be.an.instanceOf(SelfDeadlockError);
        expect((error as SelfDeadlockError).resources).to.deep.equal([a]);
      }
      expect(await locker.using(a, {ifBusy: 'skip'}, () => 'in')).to.equal(undefined);
      expect(sent).to.equal(before);
      expect(await locker.using(b, () => 'free')).to.equal('free');
    });
  });

  it('obtains a lock of its own when the section around it has ended', async () => {
    const name = newName();
    const isOver = new Deferred<void>();
    let late: Promise<number> | undefined;

    const fence = await locker.using(name, {reentrant}, (lock) => {
      late = isOver.promise.then(() => locker.using(name, {reentrant}, (own) => own.fence));
      return lock.fence;
    });
    isOver.resolve();

    expect(await late).to.be.above(fence);
  });

  it('reports at each level that the lock was lost, and the error of its work before that', async () => {
    const name = newName();
    const mistake = new Error('of the inner work');
    const redis = at(topology.direct, 0);
    let inner: unknown;
    let failed: unknown;

    const outer = await rejectionOf(
      locker.using(name, {reentrant}, async (lock) => {
        failed = await rejectionOf(
          locker.using(name, {reentrant}, async () => {
            throw mistake;
          }),
        );
        inner = await rejectionOf(
          locker.using(name, {reentrant}, async () => {
            await redis.set(keyOf(name), 'a thief', 'PX', 500);
            await rejectionOf(lock.extend());
          }),
        );
      }),
    );

    expect(failed).to.equal(mistake);
    expect(inner).to.be.an.instanceOf(LockLostError);
    expect(outer).to.equal(inner);
  });

  it('reports work within it that outlives it', async () => {
    const name = newName();
    const end = new Deferred<void>();
    let inner: Promise<unknown> | undefined;

    await locker.using(name, {reentrant}, () => {
      inner = rejectionOf(locker.using(name, {reentrant}, () => end.promise));
    });
    end.resolve();

    expect(await inner).to.be.an.instanceOf(LockLostError);
  });

  it('is not entered when the signal of the inner section has aborted', async () => {
    const name = newName();
    const reason = new Error('enough');
    const signal = AbortSignal.abort(reason);

    await locker.using(name, {reentrant}, async () => {
      expect(await rejectionOf(locker.using(name, {reentrant, signal}, () => {}))).to.equal(reason);
    });
  });

  it('is asked for with true or false', async () => {
    const error = await rejectionOf(locker.using('a', {reentrant: 1 as never}, () => {}));

    expect(error).to.be.an.instanceOf(TypeError);
    expect((error as Error).message).to.include('`reentrant`');
  });
});
