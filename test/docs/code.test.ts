import {expect} from 'chai';
import {execFile} from 'node:child_process';
import {mkdir, rm, writeFile} from 'node:fs/promises';
import {promisify} from 'node:util';

import type {RedisServer} from '../redis/redis-server.js';
import {startRedisNodes} from '../redis/start-redis-nodes.js';
import {codeBlocks, printedBy, type CodeBlock} from './code-blocks.js';
import {ROOT} from './pages.js';

const run = promisify(execFile);

const DIR = `${ROOT}.cache/docs/`;

// What a piece of code may take for granted: the reader knows it from the lines around.
const CONTEXT = `
import type {Lock, Locker} from 'holdfast';
import type {Redis} from 'ioredis';

declare global {
  const redis: Redis;
  const locker: Locker;
  const lock: Lock;
  const url: string;
  const db: {query(sql: string, values: readonly unknown[]): Promise<{rowCount: number}>};
  function rebuildIndex(): Promise<void>;
}
`;

const CONFIG = {
  compilerOptions: {
    target: 'ES2022',
    lib: ['ES2023', 'ESNext.Disposable'],
    module: 'nodenext',
    moduleDetection: 'force',
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    allowJs: true,
    checkJs: true,
    skipLibCheck: true,
    types: ['node'],
    rootDir: 'src',
    outDir: 'out',
  },
  include: ['src'],
};

const NODES = 3;

// The n-th `new Redis()` of a block becomes a client of the n-th server of the test.
function ofTestServers({code}: CodeBlock): string {
  let clients = 0;
  return code.replaceAll(/new Redis\([^()]*\)/g, () => {
    const node = clients % NODES;
    clients += 1;
    return `new Redis(process.env['REDIS_${node}'] ?? '')`;
  });
}

async function build(): Promise<void> {
  await rm(DIR, {recursive: true, force: true});
  await mkdir(`${DIR}src`, {recursive: true});
  await writeFile(`${DIR}tsconfig.json`, JSON.stringify(CONFIG));
  await writeFile(`${DIR}src/context.d.ts`, CONTEXT);
  for (const block of codeBlocks) {
    // As far down as in the page, so that the compiler names the page's own lines.
    const code = '\n'.repeat(block.line - 1) + ofTestServers(block);
    await writeFile(`${DIR}src/${block.file}`, code);
  }
  const tsc = `${ROOT}node_modules/typescript/bin/tsc`;
  await run(process.execPath, [tsc, '-p', DIR], {cwd: DIR}).catch(({stdout}: {stdout: string}) => {
    throw new Error(`The code in the pages does not compile:\n${stdout}`);
  });
}

describe('the code in the pages', function () {
  this.timeout(60_000);

  let servers: readonly RedisServer[];

  before(async () => {
    await build();
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
      const env = Object.fromEntries(servers.map(({url}, node) => [`REDIS_${node}`, url]));
      const file = `${DIR}out/${block.file.replace(/ts$/, 'js')}`;

      const {stdout} = await run(process.execPath, [file], {
        env: {...process.env, ...env},
        timeout: 20_000,
      });

      expect(stdout.split('\n').filter((line) => line !== '')).to.deep.equal(printedBy(block));
    });
  }
});
