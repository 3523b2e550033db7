import {expect} from 'chai';
import {freePort} from './free-port.js';
import {givenSource} from './given-source.js';
import {ping} from './ping.js';
import type {RedisServer} from './redis-server.js';
import {startRedis} from './start-redis.js';

describe('servers that somebody else runs', () => {
  let theirs: RedisServer;

  before(async () => {
    theirs = await startRedis();
  });

  after(() => theirs.stop());

  it('are lent to one borrower at a time', async () => {
    const source = await givenSource([theirs.url]);
    const first = await source.start();
    const refusal = await source.start().catch((error: unknown) => error);
    await first.stop();
    const second = await source.start();

    expect(refusal).to.be.an('error').with.property('message').that.includes('too few');
    expect(second.url).to.equal(theirs.url);
    expect(second.port).to.equal(theirs.port);
  });

  it('outlive their use', async () => {
    const source = await givenSource([theirs.url]);
    const server = await source.start();

    await server.stop();

    await ping(theirs.url);
  });

  it('are not to be hurt or set', async () => {
    const source = await givenSource([theirs.url, theirs.url]);
    const server = await source.start();
    const attempts = [
      () => server.kill(),
      () => server.pause(),
      () => server.resume(),
      () => server.restart(),
      () => source.start({args: ['--maxmemory', '1mb']}),
    ];

    const results = await Promise.allSettled(attempts.map((attempt) => attempt()));

    expect(server.canFault).to.equal(false);
    for (const result of results) expect(result).to.have.property('status', 'rejected');
  });

  it('have to answer', async () => {
    const url = `redis://127.0.0.1:${await freePort()}`;

    const failure = await givenSource([theirs.url, url]).catch((error: unknown) => error);

    expect(failure).to.be.an('error').with.property('message').that.includes('No Redis answers');
  });
});
