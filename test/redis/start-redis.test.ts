import {expect} from 'chai';
import {Redis} from 'ioredis';
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';
import {until} from '../until.js';
import {freePort} from './free-port.js';
import {isGone, tracesOf} from './is-gone.js';
import type {Traces} from './is-gone.js';
import {ownServersOnly} from './own-servers-only.js';
import {ping} from './ping.js';
import type {RedisServer} from './redis-server.js';
import {startRedis} from './start-redis.js';
import {startRedisNodes} from './start-redis-nodes.js';

describe('a Redis server for tests', () => {
  let server: RedisServer;
  let redis: Redis;

  beforeEach(async () => {
    server = await startRedis();
    redis = new Redis(server.url, {maxRetriesPerRequest: 0, retryStrategy: () => 5});
    redis.on('error', () => undefined);
  });

  afterEach(async () => {
    redis.disconnect();
    await server.stop();
  });

  it('answers', async () => {
    expect(await redis.ping()).to.equal('PONG');
  });

  it('shares nothing with another one', async () => {
    await using other = await startRedis();
    const otherRedis = new Redis(other.url);

    await redis.set('start:shared', 1);

    expect(await otherRedis.exists('start:shared')).to.equal(0);
    otherRedis.disconnect();
  });

  describe('of our own', () => {
    before(ownServersOnly);

    it('takes arguments', async () => {
      await using small = await startRedis({args: ['--maxmemory', '12mb']});
      const smallRedis = new Redis(small.url);

      const setting = await smallRedis.config('GET', 'maxmemory');

      expect(setting).to.deep.equal(['maxmemory', String(12 * 1024 * 1024)]);
      smallRedis.disconnect();
    });

    it('lets DEBUG commands through', async () => {
      expect(await redis.call('DEBUG', 'SLEEP', '0')).to.equal('OK');
    });

    it('tells why it does not start', async () => {
      const failure = await startRedis({args: ['--no-such-setting', '1']}).catch(
        (error: unknown) => error,
      );

      expect(failure).to.be.an('error').with.property('message').that.includes('no-such-setting');
    });

    it('is refused a port that is in use', async () => {
      const failure = await startRedis({port: server.port}).catch((error: unknown) => error);

      expect(failure).to.be.an('error').with.property('message', 'The port is in use');
    });

    it('comes back empty on its port', async () => {
      await redis.set('start:data', 1);
      await redis.save();

      await server.restart();

      await until(async () => (await redis.exists('start:data')) === 0);
      await ping(server.url);
    });

    it('comes back with its data when asked to', async () => {
      await redis.set('start:data', 1);

      await server.restart({keepData: true});

      await until(async () => (await redis.get('start:data')) === '1');
    });

    it('keeps still while paused, and then answers', async () => {
      await using other = await startRedis();
      const otherRedis = new Redis(other.url);
      const events: string[] = [];
      await redis.ping();

      await server.pause();
      const reply = redis.ping().then(() => events.push('answer of the paused'));
      for (let count = 0; count < 100; count += 1) await otherRedis.ping();
      events.push('100 answers of another');
      await server.resume();
      await reply;

      expect(events).to.deep.equal(['100 answers of another', 'answer of the paused']);
      otherRedis.disconnect();
    });

    it('dies at once and comes back', async () => {
      await redis.ping();

      await server.kill();
      const refusal = await ping(server.url).catch((error: unknown) => error);
      await server.restart();

      expect(refusal).to.be.an('error');
      expect(server.pid).to.not.equal(undefined);
      await until(async () => (await redis.ping()) === 'PONG');
    });

    for (const state of ['running', 'paused', 'killed'] as const) {
      it(`leaves nothing behind when it is stopped while ${state}`, async () => {
        const traces = await tracesOf(server);
        if (state === 'paused') await server.pause();
        if (state === 'killed') await server.kill();

        await server.stop();

        expect(await isGone(traces)).to.equal(true);
      });
    }

    it('is stopped when another of its group does not start', async () => {
      const port = await freePort();

      const failure = await startRedisNodes(2, {port}).catch((error: unknown) => error);

      expect(failure).to.be.an('error');
      const answer = await ping(`redis://127.0.0.1:${port}`).catch((error: unknown) => error);
      expect(answer).to.be.an('error');
    });

    for (const ending of ['exits', 'throws', 'has nothing left to do']) {
      it(`leaves nothing behind when its process ${ending}`, async () => {
        await using left = await leaveServers(ending);

        await left.exited;

        await Promise.all(left.traces.map((trace) => until(() => isGone(trace))));
      });
    }

    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL'] as const) {
      it(`leaves nothing behind when its process gets ${signal}`, async () => {
        await using left = await leaveServers('waits');

        left.kill(signal);
        await left.exited;

        await Promise.all(left.traces.map((trace) => until(() => isGone(trace))));
      });
    }
  });
});

/** A process that started servers, told of them, and does not stop them. */
type Left = AsyncDisposable & {
  readonly traces: readonly Traces[];
  readonly exited: Promise<unknown>;
  kill(signal: NodeJS.Signals): void;
};

async function leaveServers(ending: string): Promise<Left> {
  const program = fileURLToPath(new URL('leave-servers.js', import.meta.url));
  const child = spawn(process.execPath, [program, ending], {stdio: ['ignore', 'pipe', 'ignore']});
  const exited = once(child, 'exit');
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  return {
    traces: JSON.parse(line) as Traces[],
    exited,
    kill: (signal) => void child.kill(signal),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
