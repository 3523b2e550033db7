import {expect} from 'chai';
import {execFile} from 'node:child_process';
import {promisify} from 'node:util';

import type {RedisServer} from '../redis/redis-server.js';
import {startRedisNodes} from '../redis/start-redis-nodes.js';
import {codeBlocks, printedBy} from './code-blocks.js';
import {compilePages, environmentOf, NODES} from './compiled-pages.js';

const run = promisify(execFile);

describe('the code in the pages', function () {
  this.timeout(60_000);

  let files: string;
  let servers: readonly RedisServer[];

  before(async () => {
    files = await compilePages();
    servers = await startRedisNodes(NODES);
  });

  after(async () => {
    await Promise.all(servers.map((server) => server.stop()));
  });

  it('has something that runs on the first page', () => {
    expect(codeBlocks.some(({place, isRun}) => isRun && place.startsWith('README.md'))).to.be.true;
  });

  for (const block of codeBlocks.filter(({isRun}) => isRun)) {
    it(`runs and prints what it says: ${block.place}`, async () => {
      const file = files + block.file.replace(/ts$/, 'js');

      const {stdout} = await run(process.execPath, [file], {
        env: environmentOf(servers),
        timeout: 20_000,
      });

      expect(stdout.split('\n').filter((line) => line !== '')).to.deep.equal(printedBy(block));
    });
  }
});
