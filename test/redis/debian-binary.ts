import {execFile} from 'node:child_process';
import {access, mkdir, mkdtemp, readFile, readdir, rename, rm, symlink} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {Apt} from './apt.js';
import {environmentOf} from './binary.js';
import type {Binary} from './binary.js';

const run = promisify(execFile);
const projectCache = fileURLToPath(new URL('../../redis/', import.meta.url));

/** Redis out of the distribution's package, unpacked and not installed, or why there is none. */
export async function debianBinary(cache: string = projectCache): Promise<Binary | string> {
  try {
    const root = await rootIn(cache);
    if (!(await exists(root))) await fetchTo(root, cache);
    return await binaryIn(root);
  } catch (error) {
    return error instanceof Error ? error.message.trim() : String(error);
  }
}

/** What an earlier run has unpacked. */
export async function fetchedDebianBinary(
  cache: string = projectCache,
): Promise<Binary | undefined> {
  const root = await rootIn(cache).catch(() => undefined);
  return root !== undefined && (await exists(root)) ? binaryIn(root) : undefined;
}

// What was unpacked on one system need not run on the next.
async function rootIn(cache: string): Promise<string> {
  const text = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const value = (key: string): string =>
    new RegExp(`^${key}="?([\\w.]+)`, 'm').exec(text)?.[1] ?? '';
  const isDebian = /^ID(_LIKE)?=.*debian/m.test(text);
  if (!isDebian) throw new Error('not such a system');
  return join(cache, `${value('ID')}-${value('VERSION_ID')}-${process.arch}`);
}

// Two processes may be here at once. Each works in a folder of its own; the first rename wins.
async function fetchTo(root: string, cache: string): Promise<void> {
  await mkdir(cache, {recursive: true});
  const work = await mkdtemp(join(cache, 'fetching-'));
  try {
    await fetchInto(join(work, 'root'), new Apt(work));
    await rename(join(work, 'root'), root);
  } catch (error) {
    if (!(await exists(root))) throw error;
  } finally {
    await rm(work, {recursive: true, force: true});
  }
}

async function fetchInto(root: string, apt: Apt): Promise<void> {
  await apt.unpack(['redis-tools'], root);
  // The program that checks dumps is the server; it goes by the name it is called.
  await symlink('redis-check-rdb', join(root, 'usr/bin/redis-server'));

  let packages = ['redis-tools'];
  while (await lacksLibraries(root)) {
    packages = await apt.absentLibraries(packages);
    if (packages.length === 0) throw new Error('no package has the libraries Redis needs');
    await apt.unpack(packages, root);
  }
}

async function lacksLibraries(root: string): Promise<boolean> {
  const binary = await binaryIn(root);
  const env = {...environmentOf(binary), LC_ALL: 'C'};
  const {stdout} = await run('ldd', [binary.path], {env});
  return stdout.includes('not found');
}

async function binaryIn(root: string): Promise<Binary> {
  const path = join(root, 'usr/bin/redis-server');
  const files = await readdir(root, {recursive: true});
  const libraries = files.filter((file) => /\.so(\.|$)/.test(file));
  const dirs = new Set(libraries.map((file) => join(root, dirname(file))));
  return dirs.size === 0 ? {path} : {path, libraryPath: [...dirs].join(':')};
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
