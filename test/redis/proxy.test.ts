import {expect} from 'chai';
import {Redis} from 'ioredis';
import {until} from '../until.js';
import {startProxy} from './proxy.js';
import type {Proxy} from './proxy.js';
import type {RedisServer} from './redis-server.js';
import {startRedis} from './start-redis.js';

describe('a proxy in front of a server', () => {
  let server: RedisServer;
  let proxy: Proxy;
  let redis: Redis;
  let direct: Redis;

  before(async () => {
    server = await startRedis();
    direct = new Redis(server.url);
  });

  after(async () => {
    direct.disconnect();
    await server.stop();
  });

  beforeEach(async () => {
    proxy = await startProxy(server);
    redis = new Redis(proxy.url, {maxRetriesPerRequest: 0, retryStrategy: () => 5});
    redis.on('error', () => undefined);
    await redis.ping();
  });

  afterEach(async () => {
    redis.disconnect();
    await proxy.stop();
  });

  it('passes commands and replies', async () => {
    const text = 'x'.repeat(200_000);

    await redis.set('proxy:passes', text);

    expect(await redis.get('proxy:passes')).to.equal(text);
  });

  it('delays each direction by itself', async () => {
    proxy.delay(100);
    const bothMs = await tookMs(() => redis.ping());
    proxy.delay(0, 'toServer');
    const oneMs = await tookMs(() => redis.ping());

    expect(bothMs).to.be.at.least(200);
    expect(oneMs).to.be.within(100, 199);
  });

  it('keeps what is held back in order, and lets it go', async () => {
    proxy.hold('toServer');
    const replies = Promise.all([redis.set('proxy:held', 1), redis.incr('proxy:held')]);
    for (let count = 0; count < 100; count += 1) await direct.ping();
    const before = await direct.getdel('proxy:held');

    proxy.release();

    expect(before).to.equal(null);
    expect(await replies).to.deep.equal(['OK', 2]);
  });

  it('drops replies to commands which the server runs', async () => {
    proxy.drop('toClient');
    const reply = redis.incr('proxy:dropped').catch((error: unknown) => error);
    await until(async () => (await direct.getdel('proxy:dropped')) === '1');

    proxy.cut();

    expect(await reply).to.be.an('error');
  });

  it('cuts the live connections and takes new ones', async () => {
    proxy.hold('toClient');
    const reply = redis.ping().catch((error: unknown) => error);

    proxy.cut();
    proxy.release();

    expect(await reply).to.be.an('error');
    await until(async () => (await redis.ping()) === 'PONG');
  });

  it('turns new connections away, and not the live ones, until it accepts again', async () => {
    proxy.refuse();
    const late = new Redis(proxy.url, {lazyConnect: true, retryStrategy: () => null});
    late.on('error', () => undefined);
    const refusal = await late.connect().catch((error: unknown) => error);
    const live = await redis.ping();
    await proxy.accept();
    await late.connect();

    expect(refusal).to.be.an('error');
    expect(live).to.equal('PONG');
    expect(await late.ping()).to.equal('PONG');
    late.disconnect();
  });
});

async function tookMs(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
