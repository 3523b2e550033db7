import {expect} from 'chai';
import {Locker} from 'holdfast';
import {Redis} from 'ioredis';

import {isRunning} from '../is-running.js';
import {newName} from '../locker/names.js';
import {ownServersOnly} from '../redis/own-servers-only.js';
import type {RedisServer} from '../redis/redis-server.js';
import {startRedis} from '../redis/start-redis.js';
import {until} from '../until.js';
import {holdfast, type Holdfast} from './holdfast.js';

// A machine that runs other tests may take its time to start a program.
const SOON_MS = 15_000;

// Prints its number and runs until it is told to end.
const SLEEP = ['sh', '-c', 'echo pid $$; exec sleep 60'];
// Ends a little after it is told to.
const SLOW = [
  'sh',
  '-c',
  "trap 'echo told; sleep 0.5; exit 0' TERM; echo pid $$; while :; do sleep 0.02; done",
];

describe('holdfast elect', function () {
  this.timeout(60_000);

  let server: RedisServer;
  let redis: Redis;
  const started: Holdfast[] = [];

  before(async () => {
    server = await startRedis();
    redis = new Redis(server.url);
  });

  afterEach(() => {
    for (const {child, stdout} of started.splice(0)) {
      child.kill('SIGKILL');
      for (const pid of pidsIn(stdout)) if (isRunning(pid)) process.kill(pid, 'SIGKILL');
    }
  });

  after(async () => {
    redis.disconnect();
    await server.stop();
  });

  function elect(args: readonly string[], urls: readonly string[] = [server.url]): Holdfast {
    const one = holdfast(urls, ['elect', ...args]);
    started.push(one);
    return one;
  }

  /** One that leads. */
  async function leader(args: readonly string[], command = SLEEP): Promise<Holdfast> {
    const one = elect([...args, '--', ...command]);
    await until(() => pidsIn(one.stdout).length === 1, SOON_MS);
    return one;
  }

  /** One that waits for a leader to end. */
  async function follower(args: readonly string[], command = SLEEP): Promise<Holdfast> {
    const one = elect([...args, '--', ...command]);
    await until(() => one.stderr.includes('Campaigning'), SOON_MS);
    return one;
  }

  const isLed = async (name: string): Promise<boolean> =>
    (await redis.exists(`lock:${name}`)) === 1;

  it('runs the command with the name, the fence and the id of the leader in its environment', async () => {
    const name = newName();
    const line = 'echo $HOLDFAST_RESOURCE $HOLDFAST_FENCE $HOLDFAST_LEADER_ID';

    const one = elect([name, '--id', 'web-1', '--shell', '--', line]);
    const code = await one.ended;

    const [resource, fence, id] = one.stdout.trim().split(' ');
    expect(code).to.equal(0);
    expect(resource).to.equal(name);
    expect(Number(fence)).to.be.above(0);
    expect(id).to.match(/^web-1#[0-9a-f]{8}$/);
    expect(await isLed(name)).to.equal(false);
  });

  it('lets another one lead at once when the command ends by itself, and ends with its code', async () => {
    const name = newName();
    const first = await leader([name, '--ttl', '1h'], ['sh', '-c', 'echo pid $$; read x; exit 7']);
    const second = await follower([name, '--ttl', '1h']);
    const before = second.stdout;

    first.child.stdin.end('\n');

    expect(await first.ended).to.equal(7);
    await until(() => pidsIn(second.stdout).length === 1, SOON_MS);
    expect(before).to.equal('');
  });

  it('lets another one lead within its lease when it is killed, and its guardian ends the command', async () => {
    const name = newName();
    const first = await leader([name, '--ttl', '1s']);
    const second = await follower([name, '--ttl', '1s']);

    first.child.kill('SIGKILL');

    await until(() => pidsIn(second.stdout).length === 1, SOON_MS);
    await until(() => !pidsIn(first.stdout).some((pid) => isRunning(pid)));
  });

  it('ends the command when somebody else took the leadership, and then campaigns again', async () => {
    const name = newName();
    const one = await leader([name, '--ttl', '600ms'], SLOW);
    await redis.set(`lock:${name}`, 'somebody else', 'PX', 100);

    await until(() => pidsIn(one.stdout).length === 2, SOON_MS);

    const [first = 0] = pidsIn(one.stdout);
    expect(one.stdout).to.match(/^pid \d+\ntold\npid \d+\n$/);
    expect(one.stderr).to.contain('not ours').and.contain('Ending the command');
    expect(isRunning(first)).to.equal(false);
  });

  it('ends with 79 instead when it was to lead once', async () => {
    const name = newName();
    const one = await leader([name, '--ttl', '600ms', '--once']);
    await redis.del(`lock:${name}`);

    expect(await one.ended).to.equal(79);
  });

  it('passes a signal on to the command, and resigns when that ends', async () => {
    const name = newName();
    const one = await leader([name]);

    one.child.kill('SIGTERM');

    expect(await one.ended).to.equal(143);
    expect(await isLed(name)).to.equal(false);
  });

  it('ends the campaign with a signal, and leaves no key', async () => {
    const name = newName();
    await using locker = new Locker(redis);
    const lock = await locker.acquire(name);
    const one = await follower([name]);

    one.child.kill('SIGINT');
    const code = await one.ended;
    await lock.release();

    expect(code).to.equal(130);
    expect(one.stdout).to.equal('');
    expect(await isLed(name)).to.equal(false);
  });

  it('does not campaign again when it gets a signal while a command is being ended', async () => {
    const name = newName();
    const one = await leader([name, '--ttl', '4s', '--grace', '2s'], SLOW);
    await redis.set(`lock:${name}`, 'somebody else', 'PX', 60_000);
    await until(() => one.stdout.includes('told'), SOON_MS);

    one.child.kill('SIGTERM');

    expect(await one.ended).to.equal(143);
    expect(pidsIn(one.stdout)).to.have.lengthOf(1);
  });

  describe('when Redis falls silent,', () => {
    before(ownServersOnly);

    it('has ended the command before another one can lead', async () => {
      const name = newName();
      const own = await startRedis();
      const ttlMs = 1500;
      const one = elect(
        [name, '--ttl', `${ttlMs}ms`, '--grace', '700ms', '--', ...SLEEP],
        [own.url],
      );
      await until(() => pidsIn(one.stdout).length === 1, SOON_MS);
      await own.pause();
      const silentAt = performance.now();

      await until(() => pidsIn(one.stdout).every((pid) => !isRunning(pid)));
      const aliveMs = performance.now() - silentAt;
      await own.stop();

      expect(aliveMs).to.be.below(ttlMs);
      expect(one.stderr).to.contain('little time is left');
    });
  });
});

const pidsIn = (text: string): readonly number[] =>
  [...text.matchAll(/^pid (\d+)$/gm)].map(([, pid]) => Number(pid));
