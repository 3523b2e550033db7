import {expect} from 'chai';
import {Locker} from 'holdfast';

import {titlesIn} from './docs/titles.js';
import {newName} from './locker/names.js';
import {Nodes} from './locker/nodes.js';
import {until} from './until.js';

/**
 * What other libraries were bitten by, and the tests that hold it here: by file, their titles.
 *
 * What no other file has a place for is tested below.
 */
const RULES: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  'a token is unique to one acquisition': {
    'locker/expiry': ['has a larger fence for each next holder, and a new token'],
  },
  'an acquisition is granted again to its own token': {
    'locker/faults': [
      'is granted its lock when the reply was lost with the connection and the client sends again',
    ],
  },
  'after any failed attempt all nodes are freed': {
    'locker/faults': [
      'says in time that there is no quorum while two nodes hang, and leaves no key anywhere',
      'frees what a node grants long after it was given up on',
    ],
  },
  'a node gets a few per cent of the time to live to answer': {
    'lease/validity': ['gives a node a twentieth of the lease, from 50 ms to a second'],
  },
  'a quorum is enough, and nobody else is waited for': {
    'lease/round': ['does not wait for nodes that never answer'],
    'locker/faults': [
      'does not wait for a node that hangs, neither to obtain nor to release nor to be refused',
    ],
  },
  'the validity is checked after an acquisition and after an extension': {
    'locker/faults': ['does not give out a grant that came later than its own end'],
    lock: [
      'is lost, and no quorum error is thrown, when its deadline passed meanwhile',
      'is not revived by an extension that comes back too late',
    ],
  },
  'the deadline is kept by a timer that waits for no answer': {
    'keep-alive/heartbeat': ['notices the loss at the deadline while an extension hangs'],
  },
  'an extension that fails is no loss, and a deadline that passes is one': {
    'keep-alive/heartbeat': [
      'tries again at once after a failure, a little later after more, and goes on as before after a success',
      'notices the loss at the deadline when every extension fails',
    ],
    'locker/loss': [
      'neither happens nor is averted by an extension that was done and not confirmed',
    ],
  },
  'extensions stop before the release, and none is planned after it': {
    'keep-alive/heartbeat': [
      'does not take up a lock again that was removed while its extension was under way',
    ],
    lock: ['is not extended by an extension that was under way'],
    'locker/worker': ['extends nothing after the release'],
  },
  'no rejection is left unhandled': {
    rules: ['leave no rejection unhandled, whatever fails and whoever does not look'],
  },
  'the error of the work is the one that is thrown': {
    'locker/scope': ['throws the error of its work also when the lock was lost'],
  },
  'a section rejects when its lock was lost, though its work was done': {
    'locker/scope': ['reports a lock that was lost, even though its work was done'],
  },
  'unknown never counts as free': {
    'inspection/lock-info': [
      'is unknown, and never free, when nodes that are silent could make it held',
    ],
    'locker/try-acquire': [
      'is an error when nobody knows: one node is held by others, one is free and one is down',
    ],
  },
  'the heartbeat is never so fast that it does nothing else': {
    'lease/validity': [
      'calls a lease keepable only when a heartbeat that fails leaves time for a second one',
    ],
    rules: ['beat a few times in each time to live, and no more, with the shortest one there is'],
  },
  'nothing that is measured is kept for ever': {
    'keep-alive/lateness': ['fades when nothing is late any more'],
    'keep-alive/heartbeat': [
      'has a small schedule after many locks were released beside one that is held for long',
    ],
  },
  'every key is declared, and has the hash tag of its lock': {
    'utilities/lua-check': ['is content with the scripts of the library'],
    'lease/keys': [
      'put the fence counter in the hash slot of the lock, for every name that is allowed',
    ],
  },
  'what ends by the clock of a server is written by the clock of that server': {
    'utilities/rate-limits': [
      'slidingWindowRateLimit never lets more than the limit into any window',
    ],
  },
};

const tests = Object.entries(RULES).flatMap(([rule, files]) =>
  Object.entries(files).flatMap(([file, titles]) => titles.map((title) => ({rule, file, title}))),
);

describe('the rules that other libraries have paid for', () => {
  it('have tests that are there', () => {
    const absent = tests.filter(
      ({file, title}) => !titlesIn(`test/${file}.test.ts`).includes(title),
    );

    expect(absent).to.deep.equal([]);
  });

  it('have a test each', () => {
    const bare = Object.keys(RULES).filter((rule) => !tests.some((test) => test.rule === rule));

    expect(bare).to.deep.equal([]);
  });
});

describe('the locks of a locker', () => {
  let nodes: Nodes;

  before(async () => {
    nodes = await Nodes.start(3);
  });

  after(async () => {
    await nodes.stop();
  });

  it('leave no rejection unhandled, whatever fails and whoever does not look', async () => {
    const unhandled: unknown[] = [];
    const listener = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', listener);
    const clients = nodes.connectThroughProxies({maxRetriesPerRequest: 0});
    const locker = new Locker(clients, {ttlMs: 600, nodeTimeoutMs: 50, timeoutMs: 400});
    const other = new Locker(clients, {ttlMs: 600, nodeTimeoutMs: 50, timeoutMs: 400});
    const name = newName();
    const lock = await locker.acquire(name);
    const {signal} = lock;
    const ended: string[] = [];
    const look = (what: string): (() => void) => {
      return () => void ended.push(what);
    };

    for (const proxy of nodes.proxies) {
      proxy.refuse();
      proxy.cut();
    }
    const stop = new AbortController();
    other.acquire(name).catch(look('timed out'));
    other.acquire(name, {signal: stop.signal}).catch(look('aborted'));
    other.tryAcquire(newName()).catch(look('tried'));
    stop.abort();
    await until(() => signal.aborted && ended.length === 3);
    void lock.release();
    void lock[Symbol.asyncDispose]().catch(look('disposed'));
    await Promise.all([locker.close(), other.close()]);
    await until(() => ended.length === 4);
    for (const proxy of nodes.proxies) await proxy.accept();
    process.off('unhandledRejection', listener);

    expect(unhandled).to.deep.equal([]);
  });

  it('beat a few times in each time to live, and no more, with the shortest one there is', async () => {
    let extensions = 0;
    const clients = nodes.direct.map((redis) => ({
      send: (command: string, args: string[]): Promise<unknown> => {
        if (command.startsWith('EVAL')) extensions += 1;
        return redis.call(command, ...args);
      },
    }));
    await using locker = new Locker(clients, {ttlMs: 186});
    const lock = await locker.acquire(newName());
    const start = performance.now();
    extensions = 0;

    await until(() => performance.now() - start > 1000);
    const beats = extensions / clients.length;
    await lock.release();

    // One each 50 to 62 ms, and a second one where the first has failed.
    expect(beats).to.be.within(1, 2 * (1000 / 49));
  });
});
