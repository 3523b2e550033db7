import {EXIT} from '#internal/cli/exit-codes.js';
import {holderText, lockText} from '#internal/cli/lock-text.js';
import {main} from '#internal/cli/main.js';
import {printable} from '#internal/cli/printable.js';
import {expect} from 'chai';
import {Locker, NodeError, type LockInfo} from 'holdfast';
import {Redis} from 'ioredis';
import {hostname} from 'node:os';

import {newName} from '../locker/names.js';
import {keyOf, Nodes} from '../locker/nodes.js';
import {startRedis} from '../redis/start-redis.js';
import type {RedisServer} from '../redis/redis-server.js';
import {until} from '../until.js';
import {fakeContext} from './fake-context.js';
import {holdfast, type Holdfast} from './holdfast.js';

const HERE = `process ${process.pid} on ${hostname()}`;

/** How a holder is called that says this of itself. */
const called = (holder?: LockInfo['holder']): string =>
  holderText({token: 't', ...(holder && {holder})});

describe('holdfast who, list and release', function () {
  this.timeout(20_000);

  let server: RedisServer;
  let redis: Redis;
  let locker: Locker;

  before(async () => {
    server = await startRedis();
    redis = new Redis(server.url);
    locker = new Locker(redis, {ttlMs: 60_000});
  });

  after(async () => {
    await locker.close();
    redis.disconnect();
    await server.stop();
  });

  const cli = (...args: readonly string[]): Holdfast => holdfast([server.url], args);

  /** What is said, and with which exit code, by one that has ended. */
  async function said(...args: readonly string[]) {
    const one = cli(...args);
    const code = await one.ended;
    return {code, stdout: one.stdout, stderr: one.stderr};
  }

  /** The same within this process, for a person at a terminal who types something. */
  async function typed(text: string, ...args: readonly string[]) {
    const context = fakeContext({REDIS_URL: server.url, NO_COLOR: '1'}, {isTTY: true});
    context.stdin.end(text);
    const code = await main(args, context);
    return {code, ...context.said};
  }

  describe('who', () => {
    it('says who holds a lock, since when, for how long and with which fence', async () => {
      const name = newName();
      const lock = await locker.acquire(name, {label: 'nightly'});
      await lock.announce('http://here');

      const {code, stdout} = await said('who', name);

      expect(code).to.equal(EXIT.ok);
      expect(stdout).to.contain(`"${name}" is held by "nightly" (${HERE})\n`);
      expect(stdout).to.match(/^ {2}since {4}\d{4}-\d\d-\d\dT[\d:.]+Z, for /m);
      expect(stdout).to.match(/^ {2}ends {5}in \d.+ unless it is extended$/m);
      expect(stdout).to.contain(`  fence    ${lock.fence}\n`);
      expect(stdout).to.contain('  value    http://here\n');
      await lock.release();
    });

    it('says so with an exit code of its own when nobody holds it', async () => {
      const name = newName();

      const {code, stdout} = await said('who', name);

      expect(code).to.equal(EXIT.free);
      expect(stdout).to.equal(`Nobody holds "${name}"\n`);
    });

    it('prints a line of JSON', async () => {
      const [held, endless] = [newName(), newName()];
      const lock = await locker.acquire(held, {label: 'nightly'});
      await redis.set(keyOf(endless), 'by hand');

      const [one, other] = [
        await said('who', held, '--json'),
        await said('who', endless, '--json'),
      ];

      expect(one.stdout).to.match(/^.+\n$/);
      const info = JSON.parse(one.stdout);
      expect(info).to.include({resource: held, isHeld: true, fence: lock.fence, token: lock.token});
      expect(info.holder).to.include({label: 'nightly', pid: process.pid, host: hostname()});
      expect(info.nodes).to.have.lengthOf(1);
      expect(JSON.parse(other.stdout)).to.include({isHeld: true, remainingMs: null});
      await lock.release();
    });

    it('never says that a lock is free when Redis cannot be asked', async () => {
      const one = holdfast(['redis://127.0.0.1:1'], ['who', 'x']);

      expect(await one.ended).to.equal(EXIT.unavailable);
      expect(one.stdout).to.equal('');
    });

    it('has a line for each node that says something else', async () => {
      await using nodes = await Nodes.start(3);
      const name = newName();
      await using holder = new Locker(nodes.connect(), {label: 'most', ttlMs: 60_000});
      const lock = await holder.acquire(name);
      await nodes.haveAll(keyOf(name), lock.token);
      await nodes.redis(1).set(keyOf(name), 'stray', 'PX', 60_000);

      const one = holdfast(
        nodes.servers.map(({url}) => url),
        ['who', name],
      );
      await one.ended;

      expect(one.stdout).to.contain('is held by "most"');
      expect(one.stdout).to.contain('  node 1   a holder that does not say who it is (stray)\n');
      expect(one.stdout).to.not.contain('node 0');
    });

    it('says as much of a holder as that says itself', () => {
      expect(called({label: 'a', pid: 1, host: 'h'})).to.equal('"a" (process 1 on h)');
      expect(called({label: 'a'})).to.equal('"a"');
      expect(called({host: 'h'})).to.equal('on h');
      expect(called({pid: 1})).to.equal('process 1');
      expect(called()).to.equal('a holder that does not say who it is (t)');
      expect(holderText({})).to.equal('nobody');
    });

    it('tells of a lock that is not held, and of what the nodes have of it', () => {
      const error = new NodeError(1, new Error('no answer'));
      const nodes = [
        {node: 0, remainingMs: 9, token: 't'},
        {node: 1, remainingMs: 0, error},
      ];

      const text = lockText({resource: 'x', isHeld: false, remainingMs: 0, waiters: 2, nodes}, 0);

      expect(text.split('\n')).to.deep.equal([
        'Nobody holds "x"',
        '  waiting  2 lockers',
        '  node 0   a holder that does not say who it is (t)',
        '  node 1   no answer',
        '',
      ]);
    });

    it('lets no holder steer the terminal', () => {
      const holder = {label: '\u001B[31m\u009Bx\n', host: 'a\rb', acquiredAt: new Date(0)};
      const nodes = [{node: 0, remainingMs: 1, token: 't'}];
      const info = {resource: 'a\u0007', isHeld: true, token: 't', remainingMs: 1, holder, nodes};

      const text = lockText({...info, value: '\u202E'}, 5);

      expect(text.replaceAll('\n', '')).to.match(/^[\x20-\x7E]*$/);
      expect(text).to.contain(String.raw`"\u{1b}[31m\u{9b}x\u{a}"`);
      expect(printable('ключ 🔒')).to.equal('ключ 🔒');
    });
  });

  describe('list', () => {
    it('names the locks that are held, and who holds them', async () => {
      const prefix = newName();
      const locks = [
        await locker.acquire(`${prefix}:b`, {label: 'second'}),
        await locker.acquire(`${prefix}:a`),
      ];

      const {code, stdout} = await said('list', '--prefix', prefix);

      const [head, first, second, ...more] = stdout.split('\n');
      expect(code).to.equal(EXIT.ok);
      expect(head).to.match(/^RESOURCE +HELD FOR +ENDS IN +FENCE +HOLDER$/);
      expect(first).to.contain(`${prefix}:a `).and.contain(HERE);
      expect(second).to.contain(`${prefix}:b `).and.contain(`"second" (${HERE})`);
      expect(second).to.contain(String(locks[0]?.fence));
      expect(more).to.deep.equal(['']);
      for (const lock of locks) await lock.release();
    });

    it('prints a line of JSON for each of them', async () => {
      const prefix = newName();
      const locks = await Promise.all([1, 2, 3].map((n) => locker.acquire(`${prefix}:${n}`)));

      const {stdout} = await said('list', '-p', prefix, '--json');

      const names = stdout
        .trim()
        .split('\n')
        .map((line): string => JSON.parse(line).resource);
      expect(names.toSorted()).to.deep.equal([1, 2, 3].map((n) => `${prefix}:${n}`));
      for (const lock of locks) await lock.release();
    });

    it('names what other libraries hold, for as long as it lasts, and what too few servers have', async () => {
      await using nodes = await Nodes.start(3);
      await Promise.all(
        [0, 1].map((index) => nodes.redis(index).set(keyOf('foreign'), 'x', 'PX', 60_000)),
      );
      await nodes.redis(2).set(keyOf('crashed'), 'y', 'PX', 60_000);

      const one = holdfast(
        nodes.servers.map(({url}) => url),
        ['list'],
      );

      expect(await one.ended).to.equal(EXIT.ok);
      expect(one.stdout).to.match(/^crashed +nobody: too few servers have it$/m);
      expect(one.stdout).to.match(/^foreign +[^ ].* a holder that does not say who it is \(x\)$/m);
    });

    it('says that none is held, and prints nothing', async () => {
      const {code, stdout, stderr} = await said('list', '--prefix', newName());

      expect({code, stdout}).to.deep.equal({code: EXIT.ok, stdout: ''});
      expect(stderr).to.contain('No lock is held');
    });
  });

  describe('release', () => {
    it('takes a lock away, and its holder ends its command at once', async () => {
      const name = newName();
      const run = cli('run', name, '--ttl', '60s', '--label', 'the job', '--', 'sleep', '60');
      await until(async () => (await redis.exists(keyOf(name))) === 1);
      const token = (await redis.get(keyOf(name))) ?? '';
      const channel = `holdfast:forced:${token.slice(0, 12)}`;
      await until(async () => Number((await redis.pubsub('NUMSUB', channel))[1]) === 1);

      const {code, stderr} = await said('release', name, '--force');

      expect(code).to.equal(EXIT.ok);
      expect(stderr).to.contain(`Took "${name}" away from "the job" (process ${run.child.pid}`);
      expect(await run.ended).to.equal(EXIT.lost);
      expect(run.stderr).to.contain('released by force');
    });

    it('does nothing without --force, and says what that is for', async () => {
      const name = newName();
      const lock = await locker.acquire(name);

      const {code, stderr} = await said('release', name);

      expect(code).to.equal(EXIT.usage);
      expect(stderr).to.contain('--force');
      expect(await lock.release()).to.equal(true);
    });

    it('says so with an exit code of its own when nobody holds it', async () => {
      const {code, stderr} = await said('release', newName(), '--force');

      expect(code).to.equal(EXIT.free);
      expect(stderr).to.contain('Nobody holds');
    });

    it('asks at a terminal, and heeds the answer', async () => {
      const name = newName();
      const lock = await locker.acquire(name, {label: 'worker'});

      for (const answer of ['n\n', '\n', '', 'yellow\n']) {
        const {code, stderr} = await typed(answer, 'release', name, '--force');
        expect(code, answer).to.equal(EXIT.busy);
        expect(stderr).to.contain(`Take "${name}" away from "worker" (${HERE})? [y/N] `);
        expect(stderr).to.contain('is held on');
      }
      expect(await redis.get(keyOf(name))).to.equal(lock.token);
      const {code} = await typed('yes\n', 'release', name, '--force');

      expect(code).to.equal(EXIT.ok);
      expect(await redis.exists(keyOf(name))).to.equal(0);
    });

    it('does not ask when it is told --yes', async () => {
      const name = newName();
      await locker.acquire(name);

      const {code, stderr} = await typed('', 'release', name, '--force', '--yes');

      expect(code).to.equal(EXIT.ok);
      expect(stderr).to.not.contain('[y/N]');
    });

    it('prints a line of JSON', async () => {
      const name = newName();
      const {token} = await locker.acquire(name, {label: 'worker'});

      const {stdout, stderr} = await said('release', name, '--force', '--json');
      const again = await said('release', name, '--force', '--json');

      expect(JSON.parse(stdout)).to.include({resource: name, isFreed: true, token});
      expect(JSON.parse(stdout).holder).to.include({label: 'worker'});
      expect(stderr).to.equal('');
      expect(JSON.parse(again.stdout)).to.deep.equal({resource: name, isFreed: false});
    });

    it('frees what too few nodes have to count', async () => {
      await using nodes = await Nodes.start(3);
      const name = newName();
      await nodes.redis(2).set(keyOf(name), 'left behind');

      const one = holdfast(
        nodes.servers.map(({url}) => url),
        ['release', name, '--force'],
      );

      expect(await one.ended).to.equal(EXIT.ok);
      expect(await nodes.count(keyOf(name))).to.equal(0);
    });
  });

  it('says who is waited for', async () => {
    const name = newName();
    const lock = await locker.acquire(name, {label: 'slowcoach'});
    const run = cli('run', name, '--', 'true');

    await until(
      () => run.stderr.includes(`Waiting: "slowcoach" (${HERE}) holds "${name}"`),
      10_000,
    );
    await lock.release();

    expect(await run.ended).to.equal(0);
  });
});
