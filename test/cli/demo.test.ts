import {expect} from 'chai';
import {execFile, spawn} from 'node:child_process';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';

import {demo} from '#internal/cli/demo/demo.js';

import {isRunning} from '../is-running.js';
import {startRedis} from '../redis/start-redis.js';
import {until} from '../until.js';
import {holdfast} from './holdfast.js';

const run = promisify(execFile);
const launcher = fileURLToPath(new URL('../../benchmarks/demo.js', import.meta.url));

describe('the demo', function () {
  this.timeout(40_000);

  it('shows a take-over from a killed holder, and that never two were inside', async () => {
    const args = [launcher, '--seconds', '4', '--processes', '4', '--ttl-ms', '500'];

    const {stdout} = await run(process.execPath, args);

    expect(stdout).to.match(/killing the holder \(pid \d+\) with SIGKILL while it holds fence/);
    expect(stdout).to.match(/\d+ took over from the dead \d+ after/);
    expect(stdout).to.match(/\d+ is started in place of the dead/);
    expect(stdout).to.match(/take-over +[\d.]+ m?s after SIGKILL of the holder/);
    expect(stdout).to.contain('strictly increasing: yes');
    expect(stdout).to.contain('overlaps: 0');
    expect(stdout).not.to.contain('\u001B');
  });

  it('finds out a lock that lets everybody in', async () => {
    await using redis = await startRedis();
    const program = new URL('./broken-contender.js', import.meta.url);
    let text = '';
    const out = {write: (part: string) => (text += part)};

    const isClean = await demo({urls: [redis.url], seconds: 2, ttlMs: 300, program, out});

    expect(isClean).to.equal(false);
    expect(text).to.match(/overlaps: [1-9]/);
    expect(text).to.contain('strictly increasing: no');
    expect(text).to.contain('The lock did not keep its promise.');
  });

  it('is a command of the package, on servers that are given', async () => {
    await using redis = await startRedis();
    const one = holdfast(
      [redis.url],
      ['demo', '--time', '3s', '--processes', '2', '--ttl', '300ms'],
    );

    expect(await one.ended).to.equal(0);
    expect(one.stdout).to.contain('one Redis node').and.contain('overlaps: 0');
  });

  it('ends early, with its summary, when it is told to', async () => {
    await using redis = await startRedis();
    const controller = new AbortController();
    let text = '';
    const write = (part: string): void => {
      text += part;
      if (part.includes('inside')) controller.abort();
    };

    const isClean = await demo({urls: [redis.url], out: {write}, signal: controller.signal});

    expect(isClean).to.equal(true);
    expect(text).to.contain('take-over  none: no holder was killed');
  });

  it('says why when a process ends by itself', async () => {
    await using redis = await startRedis();
    const program = new URL('./no-such-program.js', import.meta.url);
    const out = {write: () => undefined};

    const error = await demo({urls: [redis.url], program, out}).catch((thrown: unknown) => thrown);

    expect(error).to.be.an('error').with.property('message').that.contains('ended by itself');
  });

  it('leaves none of its processes behind when it is killed itself', async () => {
    const child = spawn(process.execPath, [launcher], {stdio: ['ignore', 'pipe', 'ignore']});
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
    const pids = (): number[] => [...text.matchAll(/inside (\d+)/g)].map(([, pid]) => Number(pid));
    await until(() => new Set(pids()).size > 1, 20_000);

    child.kill('SIGKILL');

    await until(() => pids().every((pid) => !isRunning(pid)), 10_000);
  });
});
