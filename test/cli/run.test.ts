import {expect} from 'chai';
import {Locker} from 'holdfast';
import {Redis} from 'ioredis';

import {isRunning} from '../is-running.js';
import {newName} from '../locker/names.js';
import {ownServersOnly} from '../redis/own-servers-only.js';
import type {RedisServer} from '../redis/redis-server.js';
import {startRedis} from '../redis/start-redis.js';
import {startCluster} from '../redis/start-cluster.js';
import {startRedisNodes} from '../redis/start-redis-nodes.js';
import {startSentinel} from '../redis/start-sentinel.js';
import {until} from '../until.js';
import {holdfast, type Holdfast} from './holdfast.js';

// Prints its number and runs until it is told to end.
const SLEEP = ['sh', '-c', 'echo pid $$; exec sleep 60'];
// Heeds no SIGTERM, and has a child that does not either.
const STUBBORN = ['sh', '-c', "trap '' TERM; echo pid $$; sleep 60 & echo pid $!; wait; sleep 60"];

describe('holdfast run', function () {
  this.timeout(20_000);

  let server: RedisServer;
  let redis: Redis;
  const started: Holdfast[] = [];

  before(async () => {
    server = await startRedis();
    redis = new Redis(server.url);
  });

  afterEach(() => {
    // A command that outlived its test would hold up the end of the tests.
    for (const {stdout} of started.splice(0)) {
      for (const pid of pidsIn(stdout)) if (isRunning(pid)) process.kill(pid, 'SIGKILL');
    }
  });

  after(async () => {
    redis.disconnect();
    await server.stop();
  });

  const run = (args: readonly string[], env: NodeJS.ProcessEnv = {}): Holdfast => {
    const one = holdfast([server.url], ['run', ...args], env);
    started.push(one);
    return one;
  };

  /** Starts a command that runs on, and waits until it does. */
  async function runOn(args: readonly string[], command = SLEEP): Promise<Holdfast> {
    const one = run([...args, '--', ...command]);
    await until(() => pidsIn(one.stdout).length > 0);
    return one;
  }

  const isLocked = async (name: string): Promise<boolean> =>
    (await redis.exists(`lock:${name}`)) === 1;

  describe('while the lock is held,', () => {
    it('runs the command with the resource and the fence in its environment', async () => {
      const name = newName();
      await using locker = new Locker(redis);
      const before = await locker.acquire(name);
      await before.release();

      const one = run([name, '--shell', '--', 'echo $HOLDFAST_RESOURCE $HOLDFAST_FENCE']);
      const code = await one.ended;

      const [resource, fence] = one.stdout.trim().split(' ');
      expect(code).to.equal(0);
      expect(resource).to.equal(name);
      expect(Number(fence)).to.be.above(before.fence);
    });

    it('holds it as long as the command runs, and releases it before it ends', async () => {
      const name = newName();
      const one = run([name, '--', 'sh', '-c', 'echo pid $$; read line; echo "got $line"']);
      await until(() => one.stdout.includes('pid'));
      const during = await isLocked(name);

      one.child.stdin.end('some input\n');
      const code = await one.ended;

      expect(during).to.equal(true);
      expect(code).to.equal(0);
      expect(one.stdout).to.contain('got some input');
      expect(one.stderr).to.equal('');
      expect(await isLocked(name)).to.equal(false);
    });

    it('leaves the lock for as long as it was told, if the command is done before, and ends', async () => {
      const name = newName();
      const one = run([name, '--hold-at-least', '30s', '--', 'echo', 'done']);
      const code = await one.ended;
      const leftMs = await redis.pttl(`lock:${name}`);

      expect(code).to.equal(0);
      expect(leftMs).to.be.within(10_000, 30_000);
    });

    it('works over a quorum, one node of which is down', async () => {
      const nodes = await startRedisNodes(2);
      const urls = [...nodes.map(({url}) => url), 'redis://127.0.0.1:1'];

      const one = holdfast(urls, ['run', newName(), '--', 'echo', 'done']);
      const code = await one.ended;
      await Promise.all(nodes.map((node) => node.stop()));

      expect([code, one.stdout]).to.deep.equal([0, 'done\n']);
    });

    it('takes the key prefix of another program', async () => {
      const name = newName();
      const one = run([name, '--key-prefix', 'app:', '--', ...SLEEP]);
      await until(() => one.stdout.includes('pid'));

      expect(await redis.exists(`app:${name}`)).to.equal(1);
    });
  });

  describe('over servers that belong together,', () => {
    before(ownServersOnly);

    it('has one node in a Cluster', async () => {
      await using cluster = await startCluster();
      const urls = cluster.nodes.slice(1).map(({url}) => url);
      const one = holdfast(urls, ['run', newName(), '--cluster', '--', 'echo', 'done']);

      expect([await one.ended, one.stdout]).to.deep.equal([0, 'done\n']);
    });

    it('finds a master by its sentinels', async () => {
      await using group = await startSentinel();
      const hosts = group.sentinels.map(({host, port}) => `${host}:${port}`).join(',');
      const url = `redis+sentinel://${hosts}/${group.name}`;
      const one = holdfast([url], ['run', newName(), '--', 'echo', 'done']);

      expect([await one.ended, one.stdout]).to.deep.equal([0, 'done\n']);
    });
  });

  describe('ends with an exit code:', () => {
    const cases: readonly (readonly [string, readonly string[], number])[] = [
      ['that of the command', ['--', 'sh', '-c', 'exit 7'], 7],
      ['128 + n, when signal n ended the command', ['--', 'sh', '-c', 'kill -KILL $$'], 137],
      ['127, when the command is not there', ['--', 'no-such-command'], 127],
      ['126, when the command cannot be run', ['--', '/etc/passwd'], 126],
    ];
    for (const [title, args, expected] of cases) {
      it(title, async () => {
        const name = newName();

        const code = await run([name, ...args]).ended;

        expect(code).to.equal(expected);
        expect(await isLocked(name)).to.equal(false);
      });
    }

    it('75, when somebody else holds the lock, or one of its own for that', async () => {
      const name = newName();
      await using locker = new Locker(redis);
      await locker.acquire(name);

      const codes = await Promise.all([
        run([name, '--no-wait', '--', 'echo', 'ran']).ended,
        run([name, '--wait', '300ms', '--', 'echo', 'ran']).ended,
        run([name, '-n', '-E', '0', '--', 'echo', 'ran']).ended,
      ]);

      expect(codes).to.deep.equal([75, 75, 0]);
      expect(started.map(({stdout}) => stdout).join('')).to.equal('');
    });

    it('64, with a word about it, when the command line is not understood', async () => {
      const one = run([newName(), '--ttl', '10', '--', 'true']);

      expect(await one.ended).to.equal(64);
      expect(one.stderr).to.contain('did you mean 10s or 10ms?');
    });

    it('69, when Redis cannot be reached, and says where', async () => {
      const one = holdfast(['redis://user:secret@127.0.0.1:1'], ['run', 'x', '--', 'true']);

      expect(await one.ended).to.equal(69);
      expect(one.stderr).to.contain('redis://127.0.0.1:1').and.not.contain('secret');
    });
  });

  describe('is sent a signal', () => {
    it('while it waits: gives up, and leaves no key', async () => {
      const name = newName();
      await using locker = new Locker(redis);
      const lock = await locker.acquire(name);
      const one = run([name, '--', 'echo', 'ran']);
      await until(() => one.stderr.includes('Waiting'));

      one.child.kill('SIGINT');
      const code = await one.ended;
      await lock.release();

      expect(code).to.equal(130);
      expect(one.stdout).to.equal('');
      expect(await isLocked(name)).to.equal(false);
    });

    for (const [signal, code] of [
      ['SIGINT', 130],
      ['SIGTERM', 143],
      ['SIGHUP', 129],
      ['SIGUSR1', 138],
    ] as const) {
      it(`while the command runs: passes ${signal} on, and releases the lock`, async () => {
        const name = newName();
        const one = await runOn([name]);

        one.child.kill(signal);

        expect(await one.ended).to.equal(code);
        expect(await isLocked(name)).to.equal(false);
      });
    }

    it('that the command heeds in its own way: waits for it, with the lock', async () => {
      const name = newName();
      const script =
        "trap 'echo cleaning; sleep 0.3; echo clean; exit 3' TERM; echo pid $$; read x";
      const one = await runOn([name], ['sh', '-c', script]);

      one.child.kill('SIGTERM');
      await until(() => one.stdout.includes('cleaning'));
      const during = await isLocked(name);

      expect(await one.ended).to.equal(3);
      expect(during).to.equal(true);
      expect(one.stdout).to.contain('clean\n');
    });

    it('that kills it: its guardian ends the command and what that started', async () => {
      const one = await runOn([newName(), '--grace', '1s'], STUBBORN);
      await until(() => pidsIn(one.stdout).length === 2);

      one.child.kill('SIGKILL');

      await until(() => pidsIn(one.stdout).every((pid) => !isRunning(pid)));
    });

    it('that stops it: stops the command too, which never runs on without the lock', async () => {
      const name = newName();
      const script =
        'echo pid $$; trap "echo told; exit" TERM; while :; do echo tick; sleep 0.05; done';
      const one = await runOn([name, '--ttl', '400ms'], ['sh', '-c', script]);

      one.child.kill('SIGTSTP');
      await until(async () => !(await isLocked(name)));
      const ticks = one.stdout.length;
      one.child.kill('SIGCONT');

      expect(await one.ended).to.equal(79);
      // What had been printed before the stop may have come through since.
      expect(one.stdout.slice(ticks).replace('told\n', '').length).to.be.below(12);
    });
  });

  describe('loses the lock', () => {
    it('to somebody else: ends the command at once, with 79', async () => {
      const name = newName();
      const one = await runOn([name, '--ttl', '600ms']);
      await redis.set(`lock:${name}`, 'somebody else');

      expect(await one.ended).to.equal(79);
      expect(one.stderr).to.contain('not ours');
      expect(pidsIn(one.stdout).some((pid) => isRunning(pid))).to.equal(false);
      expect(await redis.get(`lock:${name}`)).to.equal('somebody else');
    });

    it('under a command that does not end: kills it and all that it started after the grace time', async () => {
      const name = newName();
      const one = await runOn([name, '--ttl', '1s', '--grace', '300ms'], STUBBORN);
      await until(() => pidsIn(one.stdout).length === 2);
      const pids = pidsIn(one.stdout);
      await redis.set(`lock:${name}`, 'somebody else');
      await until(() => one.stderr.includes('Ending the command'));
      const toldAt = performance.now();

      const code = await one.ended;
      const tookMs = performance.now() - toldAt;

      expect(code).to.equal(79);
      expect(tookMs).to.be.within(200, 3000);
      expect(pids).to.have.lengthOf(2);
      expect(pids.filter((pid) => isRunning(pid))).to.deep.equal([]);
    });

    it('under a command that ends well: still says so', async () => {
      const name = newName();
      const script = "trap 'exit 0' TERM; echo pid $$; while :; do sleep 0.02; done";
      const one = await runOn([name, '--ttl', '600ms'], ['sh', '-c', script]);
      await redis.del(`lock:${name}`);

      expect(await one.ended).to.equal(79);
    });

    it('just before the command ends by itself: says so too', async () => {
      const name = newName();
      const one = await runOn([name], ['sh', '-c', 'echo pid $$; read x']);
      await redis.set(`lock:${name}`, 'somebody else');

      one.child.stdin.end('\n');

      expect(await one.ended).to.equal(79);
      expect(one.stderr).to.contain('The command had ended');
    });
  });

  describe('when Redis falls silent,', () => {
    before(ownServersOnly);

    it('ends a command that does not want to before the lock can end', async () => {
      const name = newName();
      const own = await startRedis();
      const ttlMs = 1500;
      const one = holdfast(
        [own.url],
        ['run', name, '--ttl', `${ttlMs}ms`, '--grace', '500ms', '--', ...STUBBORN],
      );
      started.push(one);
      await until(() => pidsIn(one.stdout).length === 2);
      // The lease ends `ttlMs` after the last extension that was answered, which is before this.
      await own.pause();
      const silentAt = performance.now();

      await until(() => pidsIn(one.stdout).every((pid) => !isRunning(pid)));
      const aliveMs = performance.now() - silentAt;
      const code = await one.ended;
      await own.stop();

      expect(aliveMs).to.be.below(ttlMs);
      expect(code).to.equal(79);
    });
  });
});

const pidsIn = (text: string): readonly number[] =>
  [...text.matchAll(/^pid (\d+)$/gm)].map(([, pid]) => Number(pid));
