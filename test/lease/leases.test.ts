import {Clock} from '#internal/lease/clock.js';
import {Leases, type Attempt, type LeasesOptions, type Released} from '#internal/lease/leases.js';
import type {Lease} from '#internal/lease/lease.js';
import {Tokens} from '#internal/lease/token.js';
import {leastMs, usableMs} from '#internal/lease/validity.js';
import {Node} from '#internal/redis/node.js';
import * as scripts from '#internal/redis/scripts.generated.js';
import {expect} from 'chai';
import {QuorumError, type RedisClient} from 'holdfast';
import {mock} from 'node:test';

import {flush} from '../flush.js';
import {at} from '../locker/nodes.js';
import {rejectionOf} from '../rejection.js';
import {VirtualTime} from '../virtual-time.js';

/** A script that a node was asked to run. */
interface Asked {
  readonly script: string;
  readonly keys: readonly string[];
  readonly args: readonly string[];
}

const NAMES = new Map(Object.entries(scripts).map(([name, {sha1}]) => [sha1, name]));

/** A server that answers when the test says so, and what it says. */
class Server implements RedisClient {
  readonly asked: Asked[] = [];
  readonly #answers: ((reply: unknown) => void)[] = [];

  constructor(readonly runId: string) {}

  send(command: string, [sha1 = '', count, ...rest]: string[]): Promise<unknown> {
    if (command === 'INFO') return Promise.resolve(`run_id:${this.runId}`);
    const keys = rest.slice(0, Number(count));
    this.asked.push({script: NAMES.get(sha1) ?? '', keys, args: rest.slice(keys.length)});
    return new Promise((resolve, reject) => {
      this.#answers.push((reply) => {
        if (reply instanceof Error) reject(reply);
        else resolve(reply);
      });
    });
  }

  get scripts(): string[] {
    return this.asked.map(({script}) => script);
  }

  get last(): Asked {
    return at(this.asked, this.asked.length - 1);
  }

  /** Answers the oldest question that is open. */
  async answer(reply: unknown): Promise<void> {
    this.#answers.shift()?.(reply);
    await flush();
  }
}

const DOWN = new Error('down');
const WRONGTYPE = new Error('WRONGTYPE Operation against a key holding the wrong kind of value');
const REQUEST = {resources: ['a'], ttlMs: 1000, lockDelayMs: 0, label: undefined};

describe('the leases', () => {
  let time: VirtualTime;
  let servers: Server[];
  let leases: Leases;

  const open = (count: number, options: Partial<LeasesOptions> = {}): void => {
    servers = Array.from({length: count}, (_, index) => new Server(`server${index}`));
    leases = new Leases({
      nodes: servers.map((server, index) => new Node(index, server, time.now)),
      quorum: Math.floor(count / 2) + 1,
      clock: new Clock({monotonic: time.now, wall: time.now}),
      tokens: new Tokens({metadata: false, wall: time.now}),
      keyPrefix: 'lock:',
      nodeTimeoutMs: undefined,
      ...options,
    });
  };

  /** Asks for the lock, and gives these answers, one of each server in turn; `undefined` is silence. */
  const attempt = async (replies: readonly unknown[], request = REQUEST): Promise<Attempt> => {
    const outcome = leases.attempt(request);
    // It may be over before the last answer is given.
    void rejectionOf(outcome);
    await flush();
    for (const [index, reply] of replies.entries()) {
      if (reply !== undefined) await at(servers, index).answer(reply);
    }
    return outcome;
  };

  const win = async (replies: readonly unknown[], request = REQUEST): Promise<Lease> => {
    const outcome = await attempt(replies, request);
    if (outcome.kind === 'won') return outcome.value;
    throw new Error(`Expected to win, got ${outcome.kind}`);
  };

  const release = async (lease: Lease, replies: readonly unknown[]): Promise<Released> => {
    const outcome = leases.release(lease);
    await flush();
    for (const [index, reply] of replies.entries()) await at(servers, index).answer(reply);
    return outcome;
  };

  const extend = async (
    lease: Lease,
    replies: readonly unknown[],
  ): Promise<'kept' | 'denied' | QuorumError> => {
    const outcome = leases.extend(lease, 1000);
    await flush();
    for (const [index, reply] of replies.entries()) {
      if (reply !== undefined) await at(servers, index).answer(reply);
    }
    return outcome;
  };

  beforeEach(() => {
    time = new VirtualTime();
  });

  afterEach(() => {
    mock.timers.reset();
  });

  it('ask every node under one token, and under another the next time', async () => {
    open(3);

    const first = await win([
      [1, '7'],
      [1, '7'],
      [1, '7'],
    ]);
    const second = await win([
      [1, '8'],
      [1, '8'],
      [1, '8'],
    ]);

    const tokens = servers.map(({asked}) => asked.map(({args}) => args[2]));
    expect(tokens).to.deep.equal(servers.map(() => [first.token, second.token]));
    expect(first.token).not.to.equal(second.token);
    expect(servers[0]?.last.keys).to.deep.equal(['lock:a', '{lock:a}:fence']);
    expect(servers[0]?.last.args.slice(0, 2)).to.deep.equal(['1000', '600000']);
  });

  it('count from before the first command was sent, whenever the answer comes', async () => {
    open(1, {nodeTimeoutMs: 900});
    const start = time.nowMs;
    const outcome = leases.attempt(REQUEST);
    await time.pass(400);

    await servers[0]?.answer([1, '7']);
    const won = await outcome;

    expect(won.kind).to.equal('won');
    expect(won.kind === 'won' && won.value.deadline).to.equal(start + usableMs(1000));
    expect(won.kind === 'won' && won.value.endsAt).to.equal(start + 1000);
  });

  it('are not won when their end is about to be told, and are freed everywhere', async () => {
    open(1, {nodeTimeoutMs: 5000});
    const outcome = leases.attempt(REQUEST);
    await time.pass(usableMs(1000) - leastMs(1000) + 1);

    await servers[0]?.answer([1, '7']);
    const failed = await outcome;

    expect(failed.kind).to.equal('failed');
    expect(String(failed.kind === 'failed' && failed.error)).to.include('The grant came too late');
    expect(failed.kind === 'failed' && failed.isHopeless).to.equal(false);
    expect(servers[0]?.scripts).to.deep.equal(['acquire', 'release']);
  });

  it('are won in the last moment', async () => {
    open(1, {nodeTimeoutMs: 5000});
    const outcome = leases.attempt(REQUEST);
    await time.pass(usableMs(1000) - leastMs(1000));

    await servers[0]?.answer([1, '7']);

    expect((await outcome).kind).to.equal('won');
  });

  /** How long an attempt waits for servers that do not answer, to 10 ms. */
  const patienceMs = async (failures: number): Promise<number> => {
    const start = time.nowMs;
    const state = {isOver: false};
    void leases.attempt(REQUEST, failures).finally(() => (state.isOver = true));
    await flush();
    while (!state.isOver) await time.pass(10);
    return time.nowMs - start;
  };

  it('give a node a few per cent of the time to answer, and twice as long after each failure', async () => {
    open(1);
    await win([[1, '7']]);

    expect(await patienceMs(0)).to.equal(50);
    expect(await patienceMs(1)).to.equal(100);
    expect(await patienceMs(9)).to.equal(250);
  });

  it('give a node a quarter of the time until it has answered once, as connections have to be made', async () => {
    open(1);

    expect(await patienceMs(0)).to.equal(250);
    await at(servers, 0).answer([1, '7']);
    expect(await patienceMs(0)).to.equal(50);
  });

  it('give a node the time that was set, always', async () => {
    open(1, {nodeTimeoutMs: 300});

    expect(await patienceMs(0)).to.equal(300);
    expect(await patienceMs(5)).to.equal(300);
  });

  it('lift the counters of exactly the nodes that are behind, and only then are won', async () => {
    open(3);
    const outcome = attempt([
      [1, '7'],
      [1, '9'],
    ]);
    await flush();
    await flush();
    let isWon = false;
    void outcome.finally(() => (isWon = true));
    await flush();
    const early = isWon;

    const [first, second, third] = servers.map(({scripts: names}) => [...names]);
    await servers[0]?.answer(1);
    const won = await outcome;

    expect(early).to.equal(false);
    expect([first, second, third]).to.deep.equal([['acquire', 'raise'], ['acquire'], ['acquire']]);
    expect(servers[0]?.last.args.at(-1)).to.equal('9');
    expect(won.kind === 'won' && won.value.fences).to.deep.equal([9]);
  });

  it('are not won when a counter cannot be lifted, and are freed on all nodes', async () => {
    open(3);
    const outcome = attempt([
      [1, '7'],
      [1, '9'],
    ]);
    await flush();
    await flush();

    await servers[0]?.answer(0);
    const failed = await outcome;

    expect(failed.kind).to.equal('failed');
    expect(servers.map(({last}) => last.script)).to.deep.equal(['release', 'release', 'release']);
  });

  it('are busy, and say for how long each node is', async () => {
    open(3);

    const none = await attempt([
      [0, 100],
      [0, 300],
    ]);
    open(3);
    const one = await attempt([
      [1, '7'],
      [0, 400],
      [0, 250],
    ]);

    expect(none).to.deep.equal({kind: 'busy', waits: [100, 300, Infinity], isEndless: false});
    expect(one).to.deep.equal({kind: 'busy', waits: [0, 400, 250], isEndless: false});
  });

  it('are busy without an end where a key has none, and for as long where a node is silent', async () => {
    open(3);

    const endless = await attempt([
      [0, -1],
      [0, 100],
    ]);
    open(3, {quorum: 3});
    const silent = await attempt([[0, 100]]);

    expect(endless).to.deep.include({waits: [Infinity, 100, Infinity], isEndless: true});
    expect(silent).to.deep.include({waits: [100, Infinity, Infinity], isEndless: false});
  });

  it('free what they were granted or may be granted yet, and not what was refused', async () => {
    open(5);

    await attempt([
      [1, '7'],
      [0, 400],
      [0, 250],
      [0, 100],
    ]);

    const scriptsOf = servers.map(({scripts: names}) => names.at(-1));
    expect(scriptsOf).to.deep.equal(['release', 'acquire', 'acquire', 'acquire', 'release']);
  });

  it('have failed when too few nodes answer, and say what each of them said', async () => {
    open(3);

    const failed = await attempt([DOWN, undefined, WRONGTYPE]);

    expect(failed).to.deep.include({kind: 'failed', isHopeless: false});
    const error = failed.kind === 'failed' ? failed.error : undefined;
    expect(error).to.be.an.instanceOf(QuorumError);
    expect(error?.message).to.include('No quorum for the lock on "a"');
    expect(error?.nodeErrors.map(({node}) => node)).to.deep.equal([0, 2]);
    expect(error?.resources).to.deep.equal(['a']);
  });

  it('are hopeless when no quorum is left of nodes that could ever say yes', async () => {
    open(3);

    const failed = await attempt([WRONGTYPE, WRONGTYPE]);

    expect(failed).to.deep.include({kind: 'failed', isHopeless: true});
    expect(servers.map(({scripts: names}) => names)).to.deep.equal([
      ['acquire'],
      ['acquire'],
      ['acquire', 'release'],
    ]);
  });

  for (const code of ['NOPERM', 'NOAUTH', 'WRONGPASS', 'CROSSSLOT', 'FENCE']) {
    it(`are hopeless where a node says ${code}, and not where it says LOADING`, async () => {
      open(1);
      const hopeless = await attempt([new Error(`${code} says the server`)]);
      open(1);
      const other = await attempt([new Error('LOADING Redis is loading the dataset in memory')]);

      expect(hopeless).to.deep.include({kind: 'failed', isHopeless: true});
      expect(other).to.deep.include({kind: 'failed', isHopeless: false});
    });
  }

  it('are refused when two nodes turn out to be one server', async () => {
    open(3);
    const twin = new Server('server0');
    servers[2] = twin;
    leases = new Leases({
      nodes: servers.map((server, index) => new Node(index, server, time.now)),
      quorum: 2,
      clock: new Clock({monotonic: time.now, wall: time.now}),
      tokens: new Tokens({metadata: false, wall: time.now}),
      keyPrefix: 'lock:',
      nodeTimeoutMs: undefined,
    });

    const error = await rejectionOf(
      attempt([
        [1, '7'],
        [1, '7'],
      ]),
    );

    expect(error).to.be.an.instanceOf(RangeError);
    expect(servers.slice(0, 2).map(({last}) => last.script)).to.deep.equal(['release', 'release']);
  });

  it('last as long as the quorum of nodes that have confirmed an extension', async () => {
    open(3);
    const lease = await win([
      [1, '7'],
      [1, '7'],
      [1, '7'],
    ]);
    await time.pass(300);
    const sentAt = time.nowMs;

    const outcome = await extend(lease, [1, undefined, 1]);

    expect(outcome).to.equal('kept');
    expect(lease.endsAt).to.equal(sentAt + 1000);
    // Two have confirmed it now, the third before.
    expect(lease.deadline).to.equal(sentAt + usableMs(1000));
    expect(servers[0]?.last.args[3]).to.equal(lease.token);
    expect(servers[0]?.last.args.at(-1)).to.equal('7');
  });

  it('are over at once when a majority says that they are not ours', async () => {
    open(3);
    const lease = await win([
      [1, '7'],
      [1, '7'],
      [1, '7'],
    ]);

    const outcome = await extend(lease, [0, 0]);

    expect(outcome).to.equal('denied');
    expect(lease.deadline).to.equal(-Infinity);
  });

  it('last on when nobody knows whether they were extended', async () => {
    open(3);
    const lease = await win([
      [1, '7'],
      [1, '7'],
      [1, '7'],
    ]);
    const {deadline} = lease;
    await time.pass(100);

    const outcome = await extend(lease, [DOWN, DOWN, 1]);

    expect(outcome).to.be.an.instanceOf(QuorumError);
    expect(String(outcome)).to.include('No quorum to extend the lock on "a"');
    expect(lease.deadline).to.equal(deadline);
  });

  it('are freed when a quorum says so, and tell how many were listening', async () => {
    const listening: number[] = [];
    open(3, {onReleased: (_, clients) => listening.push(clients)});
    const lease = await win([
      [1, '7'],
      [1, '7'],
      [1, '7'],
    ]);

    const released = await release(lease, [3, 2]);

    expect(released).to.equal('freed');
    expect(listening).to.deep.equal([2]);
    expect(servers[0]?.last.script).to.equal('release');
    expect(servers[0]?.last.args.at(-1)).to.equal('7');
    expect(lease.acquisition.isFreed).to.equal(true);
  });

  it('have not been ours when a quorum says so at the release', async () => {
    open(3);
    const lease = await win([
      [1, '7'],
      [1, '7'],
      [1, '7'],
    ]);

    expect(await release(lease, [0, 0])).to.equal('denied');
  });

  it('are freed somewhere, nobody knows, when nobody answers', async () => {
    open(1);
    const lease = await win([[1, '7']]);

    const released = await release(lease, [DOWN]);

    expect(released).to.equal('unclear');
  });

  it('bring no counter up where there is only one', async () => {
    open(1);
    const lease = await win([[1, '7']]);

    await release(lease, [1]);

    expect(servers[0]?.last.keys).to.deep.equal(['lock:a']);
    expect(servers[0]?.last.args).to.have.lengthOf(5);
  });

  it('are freed again, ever more seldom, where a node fails, until they have ended', async () => {
    open(1, {nodeTimeoutMs: 100});
    const lease = await win([[1, '7']]);
    const start = time.nowMs;
    const sentAt: number[] = [];
    await release(lease, [DOWN]);

    let known = servers[0]?.asked.length ?? 0;
    while (time.nowMs < start + 3000) {
      await time.pass(10);
      if (servers[0]?.asked.length === known) continue;
      known += 1;
      sentAt.push(time.nowMs - start);
      await servers[0]?.answer(DOWN);
    }

    expect(sentAt).to.deep.equal([100, 300, 700]);
  });

  it('are not freed again once it is confirmed', async () => {
    open(1, {nodeTimeoutMs: 100});
    const lease = await win([[1, '7']]);
    await release(lease, [DOWN]);
    await time.pass(100);
    await servers[0]?.answer(1);
    const count = servers[0]?.asked.length;

    await time.pass(2000);

    expect(servers[0]?.asked.length).to.equal(count);
  });

  it('are freed again where the clean-up of an attempt fails', async () => {
    open(1, {nodeTimeoutMs: 100});
    await attempt([DOWN]);
    await servers[0]?.answer(DOWN);
    const before = servers[0]?.scripts;

    await time.pass(100);

    expect(before).to.deep.equal(['acquire', 'release']);
    expect(servers[0]?.scripts).to.deep.equal(['acquire', 'release', 'release']);
  });

  it('may stay closed for longer than they can be relied upon', async () => {
    open(1);
    const start = time.nowMs;

    const lease = await win([[1, '7']], {...REQUEST, lockDelayMs: 500});
    const {deadline, endsAt} = lease;
    await extend(lease, [1]);

    const [acquired, extended] = servers[0]?.asked ?? [];
    expect([acquired?.args[0], extended?.args[1]]).to.deep.equal(['1500', '1500']);
    expect(deadline).to.equal(start + usableMs(1000));
    expect(endsAt).to.equal(start + 1500);
    expect(lease.endsAt).to.equal(time.nowMs + 1500);
  });

  it('can be left to end by themselves', async () => {
    open(1);
    const lease = await win([[1, '7']]);

    const outcome = leases.release(lease, 250);
    await flush();
    await servers[0]?.answer(1);

    expect(await outcome).to.equal('freed');
    expect(servers[0]?.last.script).to.equal('leave');
    expect(servers[0]?.last.args.slice(1, 4)).to.deep.equal(['250', '600000', lease.token]);
    expect(servers[0]?.last.args.at(-1)).to.equal('7');
  });

  it('are announced, and again at each extension, until they have been freed', async () => {
    open(1);
    const lease = await win([[1, '7']]);
    const announcing = leases.announce(lease, 'here');
    await flush();
    await servers[0]?.answer(1);
    const outcome = await announcing;
    const first = servers[0]?.asked.splice(0);

    const extending = leases.extend(lease, 1000);
    await flush();
    for (let count = 0; count < 2; count += 1) await servers[0]?.answer(1);
    await extending;
    const second = servers[0]?.asked.splice(0);
    const releasing = leases.release(lease);
    await flush();
    const untilFreed = servers[0]?.scripts;
    await servers[0]?.answer(1);
    await releasing;
    await flush();

    expect(outcome).to.equal('kept');
    expect(first?.map(({script}) => script)).to.deep.equal(['acquire', 'announce']);
    expect(first?.[1]?.args).to.include('here');
    expect(second?.map(({script}) => script)).to.have.members(['extend', 'announce']);
    // A node that must be sent the text of the script would else take the value away before it frees the lock.
    expect(untilFreed).to.deep.equal(['release']);
    expect(servers[0]?.scripts).to.deep.equal(['release', 'announce']);
    expect(servers[0]?.last.args).not.to.include('here');
  });

  it('say why they could not be announced', async () => {
    open(1);
    const lease = await win([[1, '7']]);
    const announcing = leases.announce(lease, 'here');
    await flush();
    await servers[0]?.answer(DOWN);

    const outcome = await announcing;

    expect(outcome).to.be.an.instanceOf(QuorumError);
    expect(String(outcome)).to.include('announce a value beside the lock');
  });

  it('are closed when all that is under way has ended, with what is undone after it', async () => {
    open(1, {nodeTimeoutMs: 100});
    void leases.attempt(REQUEST);
    await flush();
    let isClosed = false;
    const closing = leases.close().finally(() => (isClosed = true));
    await flush();

    const states = [isClosed];
    await servers[0]?.answer([0, 100]);
    await flush();
    await flush();
    states.push(isClosed);

    expect(states).to.deep.equal([false, true]);
    await closing;
  });

  it('free nothing more once they are closed', async () => {
    open(1, {nodeTimeoutMs: 100});
    const lease = await win([[1, '7']]);
    await release(lease, [DOWN]);
    await leases.close();
    const count = servers[0]?.asked.length;

    await time.pass(1000);

    expect(servers[0]?.asked.length).to.equal(count);
  });

  it('have an only node where there is one', () => {
    open(1);
    const only = leases.onlyNode;
    open(3);

    expect(only?.index).to.equal(0);
    expect(leases.onlyNode).to.equal(undefined);
  });

  it('keep the counter for as long as it takes, the time included in which they stay closed', async () => {
    open(1);

    await win([[1, '7']], {...REQUEST, ttlMs: 400_000, lockDelayMs: 100_000});

    expect(servers[0]?.last.args.slice(0, 2)).to.deep.equal(['500000', '1001000']);
  });
});
