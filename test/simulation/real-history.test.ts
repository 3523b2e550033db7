import {expect} from 'chai';
import {Locker} from 'holdfast';
import {setTimeout as pause} from 'node:timers/promises';

import {newName} from '../locker/names.js';
import {keyOf, Nodes} from '../locker/nodes.js';
import {ownServersOnly} from '../redis/own-servers-only.js';
import {Attempts} from './attempts.js';
import {Dice} from './dice.js';

const CONTENDERS = 8;
const RUN_MS = 4000;

interface Taken {
  readonly fence: number;
  readonly sentAt: number;
  readonly acquiredAt: number;
}

/** Fences are unique, and no one who asked after another had got it has a smaller one. */
function check(taken: readonly Taken[]): void {
  expect(taken.length).to.be.above(20);
  expect(new Set(taken.map(({fence}) => fence)).size).to.equal(taken.length);
  // Of those with a larger fence, none was had before this one was asked for.
  let earliestMs = Infinity;
  for (const {fence, sentAt, acquiredAt} of taken.toReversed()) {
    expect(earliestMs, `fence ${fence}`).to.be.above(sentAt);
    earliestMs = Math.min(earliestMs, acquiredAt);
  }
}

describe('the fences of three servers', function () {
  this.timeout(60_000);

  let nodes: Nodes;
  const dice = new Dice(7);

  before(ownServersOnly);

  beforeEach(async () => {
    nodes = await Nodes.start(3);
  });

  afterEach(async () => {
    await nodes.stop();
  });

  /** Eight lockers that contend while `trouble` goes on; all that they had, in the order of their fences. */
  async function contend(trouble: (name: string) => Promise<void>): Promise<readonly Taken[]> {
    const name = newName();
    const taken: Taken[] = [];
    const end = performance.now() + RUN_MS;
    const isOver = (): boolean => performance.now() > end;
    const contender = async (): Promise<void> => {
      const attempts = new Attempts(() => performance.now());
      const clients = nodes
        .connectThroughProxies({maxRetriesPerRequest: 0})
        .map((redis) => attempts.watch({send: (command, args) => redis.call(command, ...args)}));
      await using locker = new Locker(clients, {ttlMs: 1000, timeoutMs: 1000, nodeTimeoutMs: 250});
      while (!isOver()) {
        const lock = await locker.acquire(name).catch(() => undefined);
        if (lock === undefined) continue;
        const acquiredAt = performance.now();
        taken.push({fence: lock.fence, sentAt: attempts.sentAt(lock.token), acquiredAt});
        await pause(dice.between(0, 5));
        await lock.release();
      }
    };
    const jitter = async (): Promise<void> => {
      while (!isOver()) {
        for (const proxy of nodes.proxies) proxy.delay(dice.between(0, 3));
        await pause(5);
      }
    };
    const troubles = async (): Promise<void> => {
      while (!isOver()) await trouble(name);
    };
    await Promise.all([...Array.from({length: CONTENDERS}, contender), jitter(), troubles()]);
    return taken.toSorted((a, b) => a.fence - b.fence);
  }

  it('are unique and in order while locks are deleted at random', async () => {
    const taken = await contend(async (name) => {
      await pause(dice.between(0, 20));
      for (const redis of nodes.direct) {
        if (dice.happens(0.5)) await redis.del(keyOf(name)).catch(() => {});
      }
    });

    check(taken);
  });

  it('are unique and in order while servers come back empty, after longer than a step of their clocks', async () => {
    const taken = await contend(async () => {
      const server = nodes.server(dice.whole(0, 2));
      await server.kill();
      await pause(400);
      await server.restart();
      await pause(300);
    });

    check(taken);
  });
});
