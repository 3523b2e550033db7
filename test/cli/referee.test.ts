import {expect} from 'chai';
import {Redis} from 'ioredis';
import {randomUUID} from 'node:crypto';

import {isClean, Referee} from '#internal/cli/demo/referee.js';

import type {RedisServer} from '../redis/redis-server.js';
import {startRedis} from '../redis/start-redis.js';

describe('the referee', () => {
  let server: RedisServer;
  let redis: Redis;
  let dead: Set<number>;
  let resource: string;
  let refereeOf: () => Referee;

  before(async () => {
    server = await startRedis();
    redis = new Redis(server.url);
  });

  after(async () => {
    redis.disconnect();
    await server.stop();
  });

  beforeEach(() => {
    resource = randomUUID();
    dead = new Set();
    refereeOf = () => new Referee(redis, resource, (pid) => !dead.has(pid));
  });

  it('has nothing to say against visitors who come one after the other', async () => {
    const [one, two] = [refereeOf(), refereeOf()];

    await (await one.enter(1, 10)).leave();
    await (await two.enter(2, 11)).leave();
    await (await one.enter(1, 15)).leave();

    const verdict = await refereeOf().verdict();
    expect(isClean(verdict)).to.equal(true);
    expect(verdict).to.deep.include({overlaps: [], inversions: 0, completed: 3, counted: 3});
    expect(verdict.fences).to.deep.equal([10, 11, 15]);
  });

  it('sees two who are inside at once, and the count that one of them undoes', async () => {
    const [one, two] = [refereeOf(), refereeOf()];

    const first = await one.enter(1, 10);
    const second = await two.enter(2, 11);
    await Promise.all([first.leave(), second.leave()]);

    const verdict = await refereeOf().verdict();
    expect(isClean(verdict)).to.equal(false);
    expect(second.met).to.equal('1 with fence 10');
    expect(verdict.overlaps).to.deep.equal(['2 with fence 11 met 1 with fence 10']);
    expect(verdict).to.deep.include({completed: 2, counted: 1});
  });

  it('sees a fence that is not larger than the one before', async () => {
    const referee = refereeOf();

    for (const fence of [10, 11, 11, 9]) await (await referee.enter(1, fence)).leave();

    const verdict = await referee.verdict();
    expect(isClean(verdict)).to.equal(false);
    expect(verdict.inversions).to.equal(2);
  });

  it('does not take the mark of a dead visitor for one who is inside', async () => {
    const [one, two, three] = [refereeOf(), refereeOf(), refereeOf()];

    await one.enter(1, 10);
    dead.add(1);
    const heir = await two.enter(2, 11);
    const intruder = await three.enter(3, 12);

    expect(heir.met).to.equal(undefined);
    expect(intruder.met).to.equal('2 with fence 11');
  });

  it('clears the mark of the dead, and of nobody else', async () => {
    const referee = refereeOf();

    await referee.enter(1, 10);

    expect(await referee.bury(2)).to.equal(false);
    expect(await referee.bury(1)).to.equal(true);
    expect((await referee.enter(2, 11)).met).to.equal(undefined);
  });

  it('does not count a visit that was abandoned', async () => {
    const referee = refereeOf();

    await (await referee.enter(1, 10)).abandon();
    await (await referee.enter(1, 11)).leave();

    expect(await referee.verdict()).to.deep.include({overlaps: [], completed: 1, counted: 1});
  });

  it('leaves no key behind', async () => {
    const referee = refereeOf();
    const first = await referee.enter(1, 10);
    await (await referee.enter(2, 11)).leave();
    await first.leave();

    await referee.close();

    expect(await redis.keys(`*${resource}*`)).to.deep.equal([]);
  });
});
