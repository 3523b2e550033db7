import {acquire, batch, extend, raise, release} from '#internal/redis/scripts.generated.js';
import {expect} from 'chai';
import {Locker} from 'holdfast';

import {rejectionOf} from '../rejection.js';
import {until} from '../until.js';
import {newName} from './names.js';
import {keyOf, Nodes} from './nodes.js';
import {callsOf} from './stats.js';

const texts = {acquire, batch, extend, raise, release};

describe('the scripts on the servers', () => {
  let nodes: Nodes;
  let locker: Locker;

  before(async () => {
    nodes = await Nodes.start(3);
  });

  after(async () => {
    await nodes.stop();
  });

  beforeEach(() => {
    locker = new Locker(nodes.connectThroughProxies(), {ttlMs: 60_000, nodeTimeoutMs: 2000});
  });

  afterEach(async () => {
    nodes.heal();
    await locker.close();
  });

  const forget = async (): Promise<void> => {
    await Promise.all(nodes.direct.map((redis) => redis.script('FLUSH')));
  };

  it('have the hashes that the library knows them by', async () => {
    for (const {text, sha1} of Object.values(texts)) {
      expect(await nodes.redis(0).script('LOAD', text)).to.equal(sha1);
    }
  });

  it('are sent again to servers that have forgotten them, before each kind of command', async () => {
    const name = newName();
    await forget();
    const lock = await locker.acquire(name);
    await forget();
    await lock.extend();
    await forget();
    const busy = await new Locker(nodes.connect()).tryAcquire(name);
    await forget();
    const released = await lock.release();

    expect(busy).to.equal(undefined);
    expect(released).to.equal(true);
    expect(await nodes.count(keyOf(name))).to.equal(0);
  });

  it('may be forgotten at any moment while many take turns', async () => {
    const name = newName();
    let isDone = false;
    const forgetting = (async () => {
      while (!isDone) await forget();
    })();
    const others = [locker, new Locker(nodes.connect()), new Locker(nodes.connect())];
    let inside = 0;
    let sections = 0;

    await Promise.all(
      Array.from({length: 30}, (_, index) =>
        others[index % 3]?.using([name, `${name}:${index % 5}`], async () => {
          inside += 1;
          expect(inside).to.equal(1);
          await nodes.redis(0).ping();
          inside -= 1;
          sections += 1;
        }),
      ),
    );
    isDone = true;
    await forgetting;

    expect(sections).to.equal(30);
    expect(await nodes.count(keyOf(name))).to.equal(0);
  });

  it('are forgotten with a restart, and sent again', async () => {
    await nodes.server(0).restart();

    const lock = await locker.acquire(newName());

    expect(await lock.release()).to.equal(true);
  });

  it('take nothing on a slow node that knows only how to release, after the release has come there', async () => {
    const name = newName();
    await nodes.redis(2).script('FLUSH');
    await nodes.redis(2).script('LOAD', release.text);
    const [before = 0] = await callsOf(nodes.redis(2), 'evalsha');
    nodes.proxy(2).hold('toServer');

    const released = await (await locker.acquire(name)).release();
    nodes.proxy(2).release();
    await until(async () => ((await callsOf(nodes.redis(2), 'evalsha'))[0] ?? 0) >= before + 2);

    expect(released).to.equal(true);
    await until(async () => (await nodes.count(keyOf(name))) === 0, 1000);
    await staysFree(name);
  });

  it('take nothing on a node that knows only how to release, after the caller was told that it failed', async () => {
    const name = newName();
    for (const redis of [nodes.redis(1), nodes.redis(2)]) {
      await redis.script('FLUSH');
      await redis.script('LOAD', release.text);
    }
    const [before = 0] = await callsOf(nodes.redis(2), 'evalsha');
    const hasty = new Locker(nodes.connectThroughProxies(), {ttlMs: 60_000, nodeTimeoutMs: 200});
    await (await hasty.acquire(newName('warm-up'))).release();
    for (const redis of [nodes.redis(1), nodes.redis(2)]) {
      await redis.script('FLUSH');
      await redis.script('LOAD', release.text);
    }
    for (const index of [1, 2]) nodes.proxy(index).hold('toServer');

    const error = await rejectionOf(hasty.tryAcquire(name));
    for (const index of [1, 2]) nodes.proxy(index).release();
    await until(async () => ((await callsOf(nodes.redis(2), 'evalsha'))[0] ?? 0) >= before + 2);

    expect(error).to.have.property('code', 'ERR_QUORUM');
    await until(async () => (await nodes.count(keyOf(name))) === 0, 1000);
    await staysFree(name);
    await hasty.close();
  });

  /** What was on its way has arrived: a further command has gone the same ways and come back. */
  async function staysFree(name: string): Promise<void> {
    await (await locker.acquire(newName('after'))).release();
    for (let look = 0; look < 20; look += 1) {
      expect(await nodes.count(keyOf(name))).to.equal(0);
      await nodes.redis(2).ping();
    }
  }
});
