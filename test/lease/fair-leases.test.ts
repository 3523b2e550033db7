import {Clock} from '#internal/lease/clock.js';
import {FairLeases, type Entry, type FairRequest, type Place} from '#internal/lease/fair-leases.js';
import type {Lease} from '#internal/lease/lease.js';
import {Leases} from '#internal/lease/leases.js';
import {Tokens} from '#internal/lease/token.js';
import {leastMs, usableMs} from '#internal/lease/validity.js';
import {lineKeys} from '#internal/redis/hash-tag.js';
import {Node} from '#internal/redis/node.js';
import {expect} from 'chai';
import {QuorumError} from 'holdfast';
import {MemoryRedis, SkewedClock, VirtualClock} from 'holdfast/testing';

import {at} from '../locker/nodes.js';

const ALIVE_MS = 1000;
const REQUEST: FairRequest = {
  resources: ['a'],
  ttlMs: 8000,
  lockDelayMs: 0,
  label: undefined,
  keepAlive: true,
};
const [LINE = '', LIVING = ''] = lineKeys('lock:a');

/** A locker of its own on the node that all of them share. */
interface Member {
  readonly fair: FairLeases;
  readonly leases: Leases;
  readonly time: SkewedClock;
}

function leaseOf(entry: Entry): Lease {
  if (entry.kind === 'won') return entry.value;
  throw new Error(`Expected to win, got ${entry.kind}`);
}

describe('leases that are given in the order in which they were asked for', () => {
  let clock: VirtualClock;
  let redis: MemoryRedis;
  let told: string[];
  let one: Member;
  let other: Member;

  const member = (): Member => {
    const time = new SkewedClock(clock);
    const own = new Clock(time);
    const node = new Node(0, redis, () => own.now());
    const leases = new Leases({
      nodes: [node],
      quorum: 1,
      clock: own,
      tokens: new Tokens({metadata: false, wall: () => time.wall()}),
      keyPrefix: 'lock:',
      nodeTimeoutMs: undefined,
    });
    return {fair: new FairLeases({node, leases, clock: own}), leases, time};
  };

  beforeEach(() => {
    clock = new VirtualClock().install();
    redis = new MemoryRedis({clock});
    told = [];
    redis.listen('{lock:a}:released', (message = '') => told.push(message));
    [one, other] = [member(), member()];
  });

  afterEach(() => {
    clock[Symbol.dispose]();
  });

  const ask = <T>(asking: Promise<T>): Promise<T> => clock.until(asking);

  const enter = ({fair}: Member, place: Place, failures = 0): Promise<Entry> =>
    ask(fair.enter(place, failures));

  const line = async (): Promise<readonly unknown[]> =>
    (await redis.send('ZRANGE', [LINE, '0', '-1'])) as unknown[];
  const holder = (): Promise<unknown> => redis.send('GET', ['lock:a']);
  const leftMs = (key = 'lock:a'): Promise<unknown> => redis.send('PTTL', [key]);

  it('are won at once where nobody stands in line, and count from before the command', async () => {
    const place = one.fair.place(REQUEST);
    const start = one.time.monotonic();

    const lease = leaseOf(await enter(one, place));

    expect(await holder()).to.equal(place.token);
    expect(await leftMs()).to.equal(8000);
    expect(lease.token).to.equal(place.token);
    expect(lease.fences).to.have.lengthOf(1);
    expect(lease.askedAt).to.equal(start);
    expect(lease.deadline).to.equal(start + usableMs(8000));
    expect(lease.endsAt).to.equal(start + 8000);
    expect(await line()).to.deep.equal([]);
  });

  it('may stay closed for longer than they can be relied upon', async () => {
    const place = one.fair.place({...REQUEST, lockDelayMs: 500});
    const start = one.time.monotonic();

    const lease = leaseOf(await enter(one, place));

    expect(await leftMs()).to.equal(8500);
    expect(lease.endsAt).to.equal(start + 8500);
    expect(lease.deadline).to.equal(start + usableMs(8000));
  });

  it('are waited for in line under a name of the locker, which is alive for a second', async () => {
    const lease = leaseOf(await enter(one, one.fair.place(REQUEST)));
    const places = [
      other.fair.place({...REQUEST, lockDelayMs: 7}),
      one.fair.place(REQUEST),
      other.fair.place(REQUEST),
    ];
    const entries: Entry[] = [];
    for (const [index, member_] of [other, one, other].entries()) {
      entries.push(await enter(member_, at(places, index)));
    }

    const stood = (await line()).map((each) => String(each).split(' '));

    expect(stood.map(([, , token]) => token)).to.deep.equal(places.map(({token}) => token));
    expect(stood.map(([, delayMs]) => delayMs)).to.deep.equal(['7', '0', '0']);
    const names = stood.map(([name]) => name);
    expect(names[0]).to.match(/^[\w-]{12}$/);
    expect(names[2]).to.equal(names[0]);
    expect(names[1]).not.to.equal(names[0]);
    expect(entries[0]).to.deep.equal({
      kind: 'busy',
      waits: [8000],
      isEndless: false,
      isKnown: false,
    });
    expect(entries[2]).to.deep.include({kind: 'busy', isKnown: true});
    expect(await leftMs(LIVING)).to.equal(ALIVE_MS);
    expect(one.fair.attendMs).to.be.below(ALIVE_MS / 2);
    expect(lease.names.locks).to.deep.equal(['lock:a']);
  });

  it('keep the same place when it is asked for again', async () => {
    await enter(one, one.fair.place(REQUEST));
    const [first, second] = [other.fair.place(REQUEST), one.fair.place(REQUEST)];
    await enter(other, first);
    await enter(one, second);
    const before = await line();

    await enter(other, first, 3);

    expect(await line()).to.deep.equal(before);
  });

  it('are busy without an end where the key has none', async () => {
    await redis.send('SET', ['lock:a', 'of another client']);

    const entry = await enter(one, one.fair.place(REQUEST));

    expect(entry).to.deep.include({kind: 'busy', waits: [Infinity], isEndless: true});
  });

  it('can be asked for without standing in line', async () => {
    const free = leaseOf(await ask(one.fair.attempt(one.fair.place(REQUEST))));
    const busy = await ask(other.fair.attempt(other.fair.place(REQUEST)));

    expect(free.deadline).to.equal(usableMs(8000));
    expect(busy).to.deep.include({kind: 'busy', waits: [8000], isEndless: false});
    expect(await line()).to.deep.equal([]);
    expect(await leftMs(LIVING)).to.equal(-2);
  });

  /** One holds the lock, the other stands in line, and is given it. */
  const give = async (request = REQUEST, afterMs = 0): Promise<{place: Place; sentAt: number}> => {
    const first = one.fair.place(REQUEST);
    leaseOf(await enter(one, first));
    const place = other.fair.place(request);
    const sentAt = other.time.monotonic();
    await enter(other, place);
    await clock.advance(afterMs);
    await ask(one.fair.leave(first));
    return {place, sentAt};
  };

  it('are given to the first in line by who leaves, for as long as its locker is alive', async () => {
    const {place, sentAt} = await give(REQUEST, 300);
    const [, fence, since, token] = /^(\d+) (\S+) (.+)$/.exec(at(told, 0)) ?? [];

    const lease = other.fair.accept(place, Number(fence), Number(since));

    expect(token).to.equal(place.token);
    expect(await holder()).to.equal(place.token);
    expect(await leftMs()).to.equal(ALIVE_MS - 300);
    expect(Number(since)).to.equal(sentAt);
    expect(lease?.fences).to.deep.equal([Number(fence)]);
    expect(lease?.askedAt).to.equal(sentAt);
    expect(lease?.deadline).to.equal(sentAt + usableMs(ALIVE_MS));
    expect(lease?.token).to.equal(place.token);
  });

  it('end, when they were given, once their locker is not known to be alive any more', async () => {
    const {place, sentAt} = await give({...REQUEST, lockDelayMs: 200}, 300);
    const now = clock.monotonic();

    const lease = other.fair.accept(place, 7, sentAt);

    expect(await leftMs()).to.equal(ALIVE_MS - 300 + 200);
    expect(lease?.endsAt).to.equal(now + ALIVE_MS + 200);
    expect(lease?.deadline).to.equal(sentAt + usableMs(ALIVE_MS));
  });

  it('are accepted for as long as a quarter of a second is left, and else asked for again', async () => {
    const {place, sentAt} = await give();
    await clock.advance(usableMs(ALIVE_MS) - ALIVE_MS / 4);
    const inTime = other.fair.accept(place, 7, sentAt);
    await clock.advance(1);
    const late = other.fair.accept(place, 7, sentAt);

    const again = leaseOf(await enter(other, place));

    expect(inTime?.fences).to.deep.equal([7]);
    expect(late).to.equal(undefined);
    expect(again.token).to.equal(place.token);
    expect(again.deadline).to.equal(clock.monotonic() + usableMs(8000));
    expect(await leftMs()).to.equal(8000);
  });

  for (const keepAlive of [false, 'worker']) {
    it(`are asked for again where keepAlive is ${keepAlive}, which gives them all their time`, async () => {
      const {place, sentAt} = await give({...REQUEST, keepAlive});

      expect(other.fair.accept(place, 7, sentAt)).to.equal(undefined);
    });
  }

  it('are given to the next when a place is given up', async () => {
    const lease = await enter(one, one.fair.place(REQUEST));
    const [gone, next] = [other.fair.place(REQUEST), other.fair.place(REQUEST)];
    await enter(other, gone);
    await enter(other, next);

    await ask(other.fair.leave(gone));
    const left = await line();
    await ask(one.leases.release(leaseOf(lease)));

    expect(left).to.have.lengthOf(1);
    expect(await holder()).to.equal(next.token);
  });

  it('are given back by who was given one and had gone', async () => {
    const {place} = await give();

    await ask(other.fair.leave(place));

    expect(await holder()).to.equal(null);
    expect(told.at(-1)).to.equal('');
  });

  it('are given up behind the scenes where the node does not answer, until they have ended', async () => {
    const place = one.fair.place({...REQUEST, lockDelayMs: 1000});
    await enter(one, place);
    redis.pause();
    const leaving = one.fair.leave(place);
    await clock.until(leaving);
    redis.kill();
    redis.restart({keepData: true});
    await clock.advance(2000);

    expect(await holder()).to.equal(null);
    await clock.advance(60_000);
    expect(clock.pendingCount).to.equal(0);
  });

  it('give up on giving up once all that was asked for has ended by itself', async () => {
    const place = one.fair.place(REQUEST);
    await enter(one, place);
    redis.kill();
    const start = clock.monotonic();
    const sentAt: number[] = [];
    const handle = redis.handle.bind(redis);
    redis.handle = (...args) => {
      sentAt.push(clock.monotonic() - start);
      handle(...args);
    };
    await clock.until(one.fair.leave(place));

    await clock.advance(60_000);

    expect(sentAt.length).to.be.above(1);
    expect(sentAt.at(-1)).to.be.within(4000, 8000);
  });

  it('are seen by who attends to those in line, who stay alive by that', async () => {
    const first = one.fair.place(REQUEST);
    await enter(one, first);
    const place = other.fair.place(REQUEST);
    await enter(other, place);
    await clock.advance(900);

    const seen = await ask(other.fair.attend(place));
    await clock.advance(900);
    const seenAgain = await ask(other.fair.attend(place));
    await clock.advance(ALIVE_MS + 1);
    const seenLate = await ask(other.fair.attend(place));

    expect(seen).to.deep.equal({holder: first.token, waitMs: 7100, isKnown: true});
    expect(seenAgain).to.deep.include({isKnown: true});
    expect(seenLate).to.deep.include({isKnown: false});
  });

  it('count, when they were given, from the last time that their locker was heard of', async () => {
    const first = one.fair.place(REQUEST);
    await enter(one, first);
    const place = other.fair.place(REQUEST);
    await enter(other, place);
    await clock.advance(600);
    await ask(other.fair.attend(place));
    await ask(one.fair.leave(first));

    expect(at(told, 0).split(' ')[1]).to.equal('600');
    expect(await leftMs()).to.equal(ALIVE_MS);
  });

  it('are seen by nobody where the node does not answer', async () => {
    const place = other.fair.place(REQUEST);
    redis.kill();

    expect(await ask(other.fair.attend(place))).to.equal(undefined);
  });

  it('are given to nobody who was not heard of for a second', async () => {
    const first = one.fair.place(REQUEST);
    await enter(one, first);
    const dead = other.fair.place(REQUEST);
    await enter(other, dead);
    await clock.advance(ALIVE_MS - 100);
    const alive = one.fair.place(REQUEST);
    await enter(one, alive);
    await clock.advance(101);

    await ask(one.fair.leave(first));

    expect(await holder()).to.equal(alive.token);
  });

  it('have failed when the node is down, and may be asked for again', async () => {
    redis.kill();

    const entry = await enter(one, one.fair.place(REQUEST));

    expect(entry).to.deep.include({kind: 'failed', isHopeless: false});
    const error = entry.kind === 'failed' ? entry.error : undefined;
    expect(error).to.be.an.instanceOf(QuorumError);
    expect(error?.message).to.include('No quorum for the lock on "a"');
    expect(error?.nodeErrors.map(({node}) => node)).to.deep.equal([0]);
  });

  it('are hopeless where the key is none of a lock', async () => {
    await redis.send('HSET', ['lock:a', 'field', 'value']);

    const entry = await enter(one, one.fair.place(REQUEST));

    expect(entry).to.deep.include({kind: 'failed', isHopeless: true});
  });

  it('are not won when their end is about to be told', async () => {
    const place = one.fair.place(REQUEST);
    const limitMs = usableMs(8000) - leastMs(8000);
    const outcomes: string[] = [];
    for (const lateMs of [limitMs, limitMs + 1]) {
      const entering = one.fair.enter(place, 0);
      await Promise.resolve();
      // The process stood still, or its machine did.
      one.time.step(lateMs);
      const entry = await ask(entering);
      outcomes.push(entry.kind === 'failed' ? entry.error.message : entry.kind);
    }

    expect(outcomes[0]).to.equal('won');
    expect(outcomes[1]).to.include('The grant came too late');
  });

  it('that came too late are not hopeless', async () => {
    const entering = one.fair.enter(one.fair.place(REQUEST), 0);
    await Promise.resolve();
    one.time.step(8000);
    const entry = await ask(entering);

    expect(entry).to.deep.include({kind: 'failed', isHopeless: false});
    expect(entry.kind === 'failed' && entry.error.nodeErrors).to.deep.equal([]);
    expect(entry.kind === 'failed' && entry.error.resources).to.deep.equal(['a']);
  });

  it('are waited for longer after each failure, once the node has answered', async () => {
    await enter(one, one.fair.place(REQUEST));
    redis.pause();
    const tookMs: number[] = [];
    for (const failures of [0, 1, 2]) {
      const start = clock.monotonic();
      await enter(one, one.fair.place(REQUEST), failures);
      tookMs.push(clock.monotonic() - start);
    }

    expect(tookMs).to.deep.equal([400, 800, 1600]);
  });

  it('are closed once what was asked for has been answered', async () => {
    let isClosed = false;
    redis.pause();
    const entering = one.fair.enter(one.fair.place(REQUEST), 0);
    const closing = one.fair.close().then(() => (isClosed = true));
    await clock.advance(1);
    const before = isClosed;
    redis.resume();
    await clock.until(entering);
    await clock.until(closing);

    expect([before, isClosed]).to.deep.equal([false, true]);
  });
});
