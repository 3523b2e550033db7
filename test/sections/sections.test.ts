import {expect} from 'chai';
import {Locker, LockLostError, QuorumError, type SectionOptions} from 'holdfast';

import {Deferred} from '../deferred.js';
import {newName} from '../locker/names.js';
import {keyOf} from '../locker/nodes.js';
import {layouts, oneNode, type Topology} from '../locker/topologies.js';
import {rejectionOf} from '../rejection.js';
import {until} from '../until.js';

const neverAsked = new Locker({send: () => Promise.reject(new Error('nothing is sent'))});

for (const layout of layouts) {
  describe(`a section that is skipped when busy, on ${layout.name},`, () => {
    let topology: Topology;
    let locker: Locker;
    let other: Locker;

    before(async () => {
      topology = await layout.get();
      locker = new Locker(topology.connect());
      other = new Locker(topology.connect());
    });

    after(async () => {
      await Promise.all([locker.close(), other.close()]);
    });

    it('gives undefined at once, and does no work, while somebody of another locker or of its own is in it', async () => {
      const name = newName();
      const end = new Deferred<string>();
      const entered = new Deferred<void>();
      const first = locker.using(name, {ifBusy: 'skip'}, () => {
        entered.resolve();
        return end.promise;
      });
      await entered.promise;
      let worked = 0;

      const skipped = await Promise.all(
        [locker, other].map((each) => each.using(name, {ifBusy: 'skip'}, () => (worked += 1))),
      );
      end.resolve('done');

      expect(skipped).to.deep.equal([undefined, undefined]);
      expect(worked).to.equal(0);
      expect(await first).to.equal('done');
    });

    it('does its work when nobody is in it', async () => {
      const name = newName();

      expect(await locker.using(name, {ifBusy: 'skip'}, ({isHeld}) => isHeld)).to.equal(true);
      await until(async () => (await other.using(name, {ifBusy: 'skip'}, () => 'too')) === 'too');
    });
  });
}

describe('a section that is skipped when busy', () => {
  it('is not skipped for trouble with Redis, which is an error', async () => {
    const error = await rejectionOf(neverAsked.using('a', {ifBusy: 'skip'}, () => 1));

    expect(error).to.be.an.instanceOf(QuorumError);
  });

  it('takes no timeoutMs, because it never waits', async () => {
    const options: SectionOptions = {ifBusy: 'skip', timeoutMs: 5};

    const error = await rejectionOf(neverAsked.using('a', options, () => 1));

    expect(error).to.be.an.instanceOf(TypeError);
    expect((error as Error).message)
      .to.include('timeoutMs')
      .and.include('never waits');
    expect(() => neverAsked.wrap('a', () => 1, options)).to.throw(TypeError, 'never waits');
    expect(() => neverAsked.locked('a', options)).to.throw(TypeError, 'never waits');
  });

  it('is asked for with a word that is known', async () => {
    const options = {ifBusy: 'no'} as never;

    const error = await rejectionOf(neverAsked.using('a', options, () => 1));

    expect(error).to.be.an.instanceOf(TypeError);
    expect((error as Error).message).to.include('"wait" or "skip"');
  });
});

describe('a wrapped function', () => {
  let locker: Locker;

  before(async () => {
    locker = new Locker((await oneNode.get()).connect());
  });

  after(async () => {
    await locker.close();
  });

  it('has the this, the arguments and the result of the function', async () => {
    const add = locker.wrap(newName(), async function (this: {start: number}, ...by: number[]) {
      return by.reduce((sum, each) => sum + each, this.start);
    });

    expect(await add.call({start: 1}, 2, 3)).to.equal(6);
    expect(await locker.wrap(newName(), () => 'plain')()).to.equal('plain');
  });

  it('has the name and the length of the function', () => {
    const wrapped = locker.wrap('a', async function pay(_id: string, _amount: number) {});

    expect(wrapped.name).to.equal('pay');
    expect(wrapped).to.have.lengthOf(2);
  });

  it('runs one call at a time for one resource, and calls for others meanwhile', async () => {
    const name = newName();
    const running = new Set<string>();
    let most = 0;
    const end = new Deferred<void>();
    const pay = locker.wrap(
      (id) => `${name}:${id}`,
      async (id: string) => {
        expect(running.has(id)).to.equal(false);
        running.add(id);
        most = Math.max(most, running.size);
        if (running.size === 2) end.resolve();
        await end.promise;
        running.delete(id);
      },
    );

    await Promise.all([pay('a'), pay('a'), pay('b'), pay('b')]);

    expect(most).to.equal(2);
  });

  it('locks what a function makes of this and of the arguments, also several', async () => {
    const name = newName();
    const transfer = locker.wrap(
      function (from, to) {
        return [this.bank + from, this.bank + to];
      },
      async function (this: {bank: string}, from: string, to: string) {
        const names = [this.bank + from, this.bank + to];
        return Promise.all(names.map((each) => locker.tryAcquire(each)));
      },
    );

    expect(await transfer.call({bank: name}, 'a', 'b')).to.deep.equal([undefined, undefined]);
  });

  it('rejects with what the function throws that says what to lock, and with what the work throws', async () => {
    const mistake = new Error('no such account');
    const fail = (): never => {
      throw mistake;
    };
    let worked = false;

    const unnamed = await rejectionOf(locker.wrap(fail, () => (worked = true))());
    const failed = await rejectionOf(locker.wrap(newName(), fail)());
    const misnamed = await rejectionOf(locker.wrap((() => 5) as never, () => (worked = true))());

    expect(unnamed).to.equal(mistake);
    expect(failed).to.equal(mistake);
    expect(misnamed).to.be.an.instanceOf(TypeError);
    expect(worked).to.equal(false);
  });

  it('reports a lock that was lost, and not when the work has an error of its own', async () => {
    const {direct} = await oneNode.get();
    const name = newName();
    const steal = (): Promise<unknown> =>
      Promise.all(direct.map((redis) => redis.set(keyOf(name), 'a thief', 'PX', 5000)));
    const work = locker.wrap(name, async (mistaken?: Error) => {
      await steal();
      if (mistaken !== undefined) throw mistaken;
    });
    const mistake = new Error('of the work');

    const lost = await rejectionOf(work());
    await Promise.all(direct.map((redis) => redis.del(keyOf(name))));
    const failed = await rejectionOf(work(mistake));

    expect(lost).to.be.an.instanceOf(LockLostError);
    expect(failed).to.equal(mistake);
  });

  it('stops waiting when its signal aborts', async () => {
    const name = newName();
    await using lock = await locker.acquire(name);
    const stop = new AbortController();
    const wrapped = locker.wrap(name, () => lock.isHeld, {signal: stop.signal});
    const reason = new Error('enough');

    const waiting = rejectionOf(wrapped());
    stop.abort(reason);

    expect(await waiting).to.equal(reason);
  });

  it('is made of a function and of options that are known', () => {
    expect(() => locker.wrap('a', 5 as never)).to.throw(TypeError, '`fn`');
    expect(() => locker.wrap('a', () => 1, {time: 5} as never)).to.throw(TypeError, '`time`');
    expect(() => locker.wrap('a', () => 1, null as never)).to.throw(TypeError, '`options`');
  });
});

const locker = new Locker({send: async (command, args) => (await asked).send(command, args)});
const asked = (async () => {
  const [redis] = (await oneNode.get()).direct;
  return {send: (command: string, args: readonly string[]) => redis?.call(command, ...args)};
})();

describe('a method that is locked', () => {
  let running = 0;

  /** How many run at a time, including this one. */
  async function enter(): Promise<number> {
    running += 1;
    await new Promise(setImmediate);
    const together = running;
    running -= 1;
    return together;
  }

  const name = newName();
  const symbol = Symbol('method');

  class Account {
    constructor(readonly id: string) {}

    @locker.locked(name)
    async plain(amount: number): Promise<readonly [string, number, number]> {
      return [this.id, amount, await enter()];
    }

    @locker.locked(function (this: Account, kind: string) {
      return `${name}:${this.id}:${kind}`;
    })
    async byThis(_kind: string, other: string): Promise<readonly unknown[]> {
      return [this.id, await locker.tryAcquire(`${name}:${this.id}:${other}`)];
    }

    @locker.locked(name)
    static async ofTheClass(): Promise<unknown> {
      return [this, await enter()];
    }

    @locker.locked(name)
    async #secret(): Promise<number> {
      return enter();
    }

    @locker.locked(name)
    async [symbol](): Promise<number> {
      return enter();
    }

    @locker.locked(name, {ifBusy: 'skip'})
    async skipped(): Promise<string | undefined> {
      return this.id;
    }

    secrets(): Promise<readonly number[]> {
      return Promise.all([this.#secret(), this.#secret()]);
    }
  }

  const ann = new Account('ann');
  const bob = new Account('bob');

  it('runs with its own this and arguments, one call at a time', async () => {
    const all = await Promise.all([ann.plain(1), bob.plain(2), ann.plain(3)]);

    expect(all).to.deep.equal([
      ['ann', 1, 1],
      ['bob', 2, 1],
      ['ann', 3, 1],
    ]);
  });

  it('may be static, private, or named by a symbol', async () => {
    expect(await Promise.all([Account.ofTheClass(), Account.ofTheClass()])).to.deep.equal([
      [Account, 1],
      [Account, 1],
    ]);
    expect(await ann.secrets()).to.deep.equal([1, 1]);
    expect(await Promise.all([ann[symbol](), bob[symbol]()])).to.deep.equal([1, 1]);
  });

  it('locks what is made of its this and its arguments', async () => {
    expect(await ann.byThis('in', 'in')).to.deep.equal(['ann', undefined]);
  });

  it('gives undefined when it is skipped', async () => {
    const lock = await locker.acquire(name);

    const skipped = await ann.skipped();
    await lock.release();

    expect(skipped).to.equal(undefined);
    expect(await ann.skipped()).to.equal('ann');
  });

  it('keeps its name and length', () => {
    expect(ann).to.have.property('plain').that.has.property('name', 'plain');
    expect(ann).to.have.property('plain').with.lengthOf(1);
  });

  it('is nothing but a method, decorated in the standard way', () => {
    const decorator = locker.locked('a') as (value: unknown, context: unknown) => unknown;

    for (const kind of ['getter', 'setter', 'field', 'class', 'accessor']) {
      expect(() => decorator(() => 1, {kind}), kind).to.throw(TypeError, `got a ${kind}`);
    }
    expect(() => decorator({}, 'plain')).to.throw(TypeError, 'experimentalDecorators');
    expect(() => decorator({}, undefined)).to.throw(TypeError, 'experimentalDecorators');
  });
});
