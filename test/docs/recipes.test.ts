import {NestFactory} from '@nestjs/core';
import {expect} from 'chai';
import {Locker, LockerClosedError} from 'holdfast';
import {Redis} from 'ioredis';
import {spawn, type ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import type {Server} from 'node:http';
import type {AddressInfo, Socket} from 'node:net';

import {Deferred} from '../deferred.js';
import type {RedisServer} from '../redis/redis-server.js';
import {startRedis} from '../redis/start-redis.js';
import {rejectionOf} from '../rejection.js';
import {until} from '../until.js';
import {compilePages, environmentOf} from './compiled-pages.js';

/** A process that runs a recipe. */
interface Program {
  readonly child: ChildProcess;
  /** What it has printed so far. */
  readonly lines: readonly string[];
  /** Resolves to its exit code. */
  readonly exit: Promise<number | null>;
}

/** Counts how many are inside at a time, and keeps them there until `open`. */
class Room {
  inside = 0;
  most = 0;
  readonly #door = new Deferred<void>();

  readonly enter = async (): Promise<void> => {
    this.inside += 1;
    this.most = Math.max(this.most, this.inside);
    await this.#door.promise;
    await new Promise(setImmediate);
    this.inside -= 1;
  };

  open(): void {
    this.#door.resolve();
  }
}

const post = (base: string, id: string): Promise<Response> =>
  fetch(`${base}/invoices/${id}/pay`, {method: 'POST'});

const baseOf = (listening: Server): string =>
  `http://127.0.0.1:${(listening.address() as AddressInfo).port}`;

const fenceOf = ({lines}: Program): number => Number(/active as (\d+)/.exec(lines.join('\n'))?.[1]);

describe('the recipes', function () {
  this.timeout(60_000);

  let folder: string;
  let server: RedisServer;
  let redis: Redis;
  const programs = new Set<Program>();

  before(async () => {
    folder = await compilePages();
    server = await startRedis();
    redis = new Redis(server.url);
  });

  beforeEach(async () => {
    await redis.flushall();
  });

  afterEach(() => {
    for (const {child} of programs) child.kill('SIGKILL');
    programs.clear();
  });

  after(async () => {
    redis.disconnect();
    await server.stop();
  });

  /** What a recipe exports. */
  const load = async <T>(name: string): Promise<T> => import(`${folder}${name}.js`);

  function run(name: string): Program {
    const child = spawn(process.execPath, [`${folder}${name}.js`], {
      env: environmentOf([server]),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines: string[] = [];
    let rest = '';
    child.stdout.on('data', (data: Buffer) => {
      const parts = (rest + data.toString()).split('\n');
      rest = parts.pop() ?? '';
      lines.push(...parts);
    });
    // Its output has all come by then.
    const exit = once(child, 'close').then(([code]) => code as number | null);
    const program = {child, lines, exit};
    programs.add(program);
    return program;
  }

  /** Serves the recipe for Express while `use` runs. */
  async function withExpress(
    use: (base: string, room: Room, listening: Server) => Promise<void>,
  ): Promise<void> {
    const {createApp} = await load<{
      createApp: (locker: Locker, pay: Room['enter']) => {listen(port: number): Server};
    }>('express');
    await using locker = new Locker(redis);
    const room = new Room();
    const listening = createApp(locker, room.enter).listen(0);
    await once(listening, 'listening');
    try {
      await use(baseOf(listening), room, listening);
    } finally {
      listening.closeAllConnections();
      listening.close();
    }
  }

  it('do the work of cron on one of many machines', async () => {
    const machines = Array.from({length: 4}, () => run('cron'));

    const codes = await Promise.all(machines.map(({exit}) => exit));
    const late = run('cron');

    expect(await late.exit).to.equal(0);
    expect(codes).to.deep.equal([0, 0, 0, 0]);
    const lines = [...machines, late].flatMap((machine) => machine.lines);
    expect(lines.filter((line) => line.startsWith('writing the report'))).to.have.lengthOf(1);
    expect(lines.filter((line) => line.startsWith('another machine'))).to.have.lengthOf(4);
  });

  it('do the jobs of one account one at a time, whichever worker has them', async () => {
    const {work} = await load<{
      work: (connection: Redis, locker: Locker, signal: AbortSignal) => Promise<void>;
    }>('queue-worker');
    const stopping = new AbortController();
    const jobs = Array.from({length: 60}, (_, index) => ({
      account: index % 3 === 0 ? 'a' : 'b',
      amount: index,
    }));
    await redis.rpush('jobs', ...jobs.map((job) => JSON.stringify(job)));
    const connections = Array.from({length: 4}, () => new Redis(server.url));
    const balance = (account: string): number =>
      jobs.reduce((sum, job) => sum + (job.account === account ? job.amount : 0), 0);
    try {
      const workers = connections.map(async (connection) => {
        await using locker = new Locker(connection);
        await work(connection, locker, stopping.signal);
      });
      await until(async () => (await redis.llen('jobs')) === 0, 20_000);
      stopping.abort();
      await Promise.all(workers);

      expect(await redis.mget('balance:a', 'balance:b')).to.deep.equal([
        String(balance('a')),
        String(balance('b')),
      ]);
    } finally {
      for (const connection of connections) connection.disconnect();
    }
  });

  it('finish what they have begun when they are told to end, and leave the lock to others at once', async () => {
    const holder = run('shutdown');
    await until(() => holder.lines.includes('sending'), 20_000);
    const next = run('shutdown');

    holder.child.kill('SIGTERM');
    const code = await holder.exit;
    await until(() => next.lines.filter((line) => line === 'sent').length > 2, 20_000);
    next.child.kill('SIGINT');

    expect(code).to.equal(0);
    expect(holder.lines.slice(-2)).to.deep.equal(['sent', 'ended']);
    expect(await next.exit).to.equal(0);
    expect(next.lines.slice(-2)).to.deep.equal(['sent', 'ended']);
    expect(await redis.exists('lock:mails')).to.equal(0);
  });

  it('stop waiting when they are told to end', async () => {
    await redis.set('lock:mails', 'somebody else', 'PX', 60_000);
    const waiting = run('shutdown');
    await until(async () => (await redis.pubsub('CHANNELS')).length > 0, 20_000);

    waiting.child.kill('SIGTERM');

    expect(await waiting.exit).to.equal(0);
    expect(waiting.lines).to.deep.equal(['ended']);
  });

  it('deploy without a gap and without an overlap', async () => {
    const old = run('deploy');
    await until(() => old.lines.length === 2, 20_000);
    const next = run('deploy');
    await until(() => next.lines.includes('ready'), 20_000);
    await until(async () => (await redis.pubsub('CHANNELS')).length > 0, 20_000);
    const before = [...next.lines];

    old.child.kill('SIGTERM');
    await until(() => old.lines.includes('finished'), 20_000);
    const finishedAt = performance.now();
    await until(() => next.lines.length === 2, 20_000);
    const gapMs = performance.now() - finishedAt;
    next.child.kill('SIGTERM');

    expect(before).to.deep.equal(['ready']);
    expect(fenceOf(next)).to.be.above(fenceOf(old));
    // It did not have to wait for the end of the lease.
    expect(gapMs).to.be.below(4000);
    expect(await Promise.all([old.exit, next.exit])).to.deep.equal([0, 0]);
  });

  it('serve one request at a time for each resource with Express, and tell the others', async () => {
    await withExpress(async (base, room) => {
      const first = post(base, '1');
      await until(() => room.inside === 1);
      const busy = await post(base, '1');
      const other = post(base, '2');
      await until(() => room.inside === 2);
      room.open();

      expect(busy.status).to.equal(409);
      expect(busy.headers.get('retry-after')).to.equal('1');
      expect(await (await first).json()).to.deep.equal({paid: '1'});
      expect(await (await other).json()).to.deep.equal({paid: '2'});
      await until(async () => (await post(base, '1')).status === 200);
    });
  });

  it('hold the lock with Express while the handler works, also when the client has gone', async () => {
    await withExpress(async (base, room, listening) => {
      let hasGone = false;
      listening.once('connection', (socket: Socket) => {
        socket.once('close', () => (hasGone = true));
      });
      const leaving = new AbortController();
      const first = fetch(`${base}/invoices/1/pay`, {method: 'POST', signal: leaving.signal});
      await until(() => room.inside === 1);
      leaving.abort();
      await rejectionOf(first);
      await until(() => hasGone);

      expect((await post(base, '1')).status).to.equal(409);
      room.open();
      await until(async () => (await post(base, '1')).status === 200);
      expect(room.most).to.equal(1);
    });
  });

  it('serve one request at a time for each resource with Fastify, and let the others wait', async () => {
    const {createApp} = await load<{
      createApp: (
        locker: Locker,
        pay: Room['enter'],
      ) => {listen(options: {port: number}): Promise<string>; close(): Promise<void>};
    }>('fastify');
    await using other = new Locker(redis);
    const room = new Room();
    const app = createApp(new Locker(redis), room.enter);
    try {
      const base = await app.listen({port: 0});
      const paying = [post(base, '1'), post(base, '1')];
      await until(() => room.inside === 1);
      room.open();
      const responses = await Promise.all(paying);
      await using held = await other.acquire('invoice:3');
      const busy = await post(base, '3');

      for (const response of responses) {
        expect(await response.json()).to.deep.equal({paid: '1'});
      }
      expect(room.most).to.equal(1);
      expect(held.isHeld).to.equal(true);
      expect(busy.status).to.equal(409);
      expect(busy.headers.get('retry-after')).to.equal('1');
    } finally {
      await app.close();
    }
  });

  it('lock the methods of a Nest provider, and close the locker with the application', async () => {
    process.env['REDIS_0'] = server.url;
    const {AppModule} = await load<{AppModule: new () => unknown}>('nest');
    const app = await NestFactory.create(AppModule, {logger: false});
    await using other = new Locker(redis);
    try {
      await app.listen(0);
      const base = baseOf(app.getHttpServer() as Server);
      const held = await other.acquire('invoice:1');
      const busy = post(base, '1');
      const free = await post(base, '2');

      expect(await free.json()).to.deep.equal({paid: '2'});
      expect((await busy).status).to.equal(500);
      await held.release();
      expect(await (await post(base, '1')).json()).to.deep.equal({paid: '1'});
    } finally {
      delete process.env['REDIS_0'];
      await app.close();
    }
    expect(await rejectionOf(app.get(Locker).acquire('a'))).to.be.an.instanceOf(LockerClosedError);
  });
});
