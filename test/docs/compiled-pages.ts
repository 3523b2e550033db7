import {execFile} from 'node:child_process';
import {mkdir, rm, writeFile} from 'node:fs/promises';
import {promisify} from 'node:util';

import type {RedisServer} from '../redis/redis-server.js';
import {codeBlocks, type CodeBlock} from './code-blocks.js';
import {ROOT} from './pages.js';

const run = promisify(execFile);

const DIR = `${ROOT}.cache/docs/`;
const OUT = `${DIR}out/`;

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
  const accounts: {updateOne(filter: object, change: object): Promise<{matchedCount: number}>};
  const bucket: {
    head(key: string): Promise<{readonly etag: string; readonly fence: number}>;
    put(key: string, body: string, options: {ifMatch: string; fence: number}): Promise<boolean>;
  };
  function rebuildIndex(): Promise<void>;
}
`;

const COMPILER_OPTIONS = {
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
  outDir: OUT,
};

export const NODES = 3;

// The n-th `new Redis()` of a block becomes a client of the n-th server of the test.
function ofTestServers({code}: CodeBlock): string {
  let clients = 0;
  return code.replaceAll(/new Redis\([^()]*\)/g, () => {
    const node = clients % NODES;
    clients += 1;
    return `new Redis(process.env['REDIS_${node}'] ?? '')`;
  });
}

/** What a process needs to know of the servers, so that the code of a page can run in it. */
export const environmentOf = (servers: readonly RedisServer[]): NodeJS.ProcessEnv => ({
  ...process.env,
  ...Object.fromEntries(servers.map(({url}, node) => [`REDIS_${node}`, url])),
});

let compiled: Promise<string> | undefined;

/** Compiles the code of all pages, once. Resolves to the folder that has the programs. */
export function compilePages(): Promise<string> {
  compiled ??= compileAll();
  return compiled;
}

async function compileAll(): Promise<string> {
  await rm(DIR, {recursive: true, force: true});
  const standard = codeBlocks.filter(({hasLegacyDecorators}) => !hasLegacyDecorators);
  const legacy = codeBlocks.filter(({hasLegacyDecorators}) => hasLegacyDecorators);
  await Promise.all([
    compile('standard', standard, {}),
    compile('legacy', legacy, {experimentalDecorators: true}),
  ]);
  return OUT;
}

async function compile(name: string, blocks: readonly CodeBlock[], options: object): Promise<void> {
  const folder = `${DIR}${name}/`;
  const config = {compilerOptions: {...COMPILER_OPTIONS, ...options}, include: ['src']};
  await mkdir(`${folder}src`, {recursive: true});
  await writeFile(`${folder}tsconfig.json`, JSON.stringify(config));
  await writeFile(`${folder}src/context.d.ts`, CONTEXT);
  for (const block of blocks) {
    // As far down as in the page, so that the compiler names the page's own lines.
    const code = '\n'.repeat(block.line - 1) + ofTestServers(block);
    await writeFile(`${folder}src/${block.file}`, code);
  }
  const tsc = `${ROOT}node_modules/typescript/bin/tsc`;
  const args = [tsc, '-p', folder];
  await run(process.execPath, args, {cwd: folder}).catch(({stdout}: {stdout: string}) => {
    throw new Error(`The code in the pages does not compile:\n${stdout}`);
  });
}
