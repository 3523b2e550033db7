import {expect} from 'chai';
import {chmod, mkdtemp, readdir, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

import {startOwnServers} from '#internal/cli/redis/own-servers.js';

import {environmentOf} from '../redis/binary.js';
import {localBinary} from '../redis/local-binary.js';
import {ping} from '../redis/ping.js';
import {rejectionOf} from '../rejection.js';
import {holdfast} from './holdfast.js';

describe('servers that the command line starts for itself', function () {
  this.timeout(20_000);

  let dir: string;

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'holdfast-path-'));
  });

  after(() => rm(dir, {recursive: true}));

  it('answer, and leave nothing behind', async function () {
    const binary = await localBinary(process.env);
    if (binary === undefined) this.skip();
    const program = join(dir, 'redis-server');
    await writeFile(program, `#!/bin/sh\nexec "${binary.path}" "$@"\n`);
    await chmod(program, 0o755);
    const place = await mkdtemp(join(dir, 'tmp-'));
    const env = {...environmentOf(binary), PATH: `${dir}:${process.env['PATH']}`};

    const servers = await startOwnServers(2, env, place);
    await Promise.all(servers.urls.map((url) => ping(url)));
    await servers.stop();

    expect(new Set(servers.urls).size).to.equal(2);
    for (const url of servers.urls) expect(await rejectionOf(ping(url))).to.be.an('error');
    expect(await readdir(place)).to.deep.equal([]);
  });

  it('take a program on the PATH, and say so where there is none', async () => {
    const one = holdfast([], ['demo'], {PATH: '/nowhere', REDIS_URLS: '', REDIS_URL: ''});

    expect(await one.ended).to.equal(69);
    expect(one.stderr).to.contain('--redis').and.contain('redis-server');
  });
});
