import {
  access,
  chmod,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rename,
  rm,
  writeFile,
} from 'node:fs/promises';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {Apt} from './apt.js';
import {versionOf} from './binary.js';
import type {Binary} from './binary.js';

const projectCache = fileURLToPath(new URL('../../redis/', import.meta.url));

/** The Debian whose servers are newer than those of the oldest one supported. */
const suite = 'trixie';

/**
 * A server out of a newer Debian than this one, unpacked and not installed, or why there is none.
 *
 * It brings its own C library, and so does not care what the machine has.
 */
export async function newerDebianBinary(
  kind: 'redis' | 'valkey',
  cache: string = projectCache,
): Promise<Binary | string> {
  const root = join(cache, `${suite}-${kind}-${process.arch}`);
  try {
    if (!(await exists(root))) await fetchTo(root, cache, kind);
    const binary = {path: launcherIn(root)};
    await versionOf(binary);
    return binary;
  } catch (error) {
    return error instanceof Error ? error.message.trim() : String(error);
  }
}

const launcherIn = (root: string): string => join(root, 'start');

// Two processes may be here at once. Each works in a folder of its own; the first rename wins.
async function fetchTo(root: string, cache: string, kind: string): Promise<void> {
  await mkdir(cache, {recursive: true});
  const work = await mkdtemp(join(cache, 'fetching-'));
  try {
    await fetchInto(join(work, 'root'), work, kind);
    await rename(join(work, 'root'), root);
  } catch (error) {
    if (!(await exists(root))) throw error;
  } finally {
    await rm(work, {recursive: true, force: true});
  }
}

async function fetchInto(root: string, work: string, kind: string): Promise<void> {
  const sources = join(work, 'newer.sources');
  await writeFile(sources, await newerSources());
  const apt = new Apt(work, sources);
  const libraries = await apt.allLibraries([`${kind}-tools`]);
  await apt.unpack([`${kind}-tools`, ...libraries], root);
  await writeFile(launcherIn(root), await launcher(root, kind));
  await chmod(launcherIn(root), 0o755);
}

// The program that checks dumps is the server; it goes by the name it is called.
async function launcher(root: string, kind: string): Promise<string> {
  const files = await readdir(root, {recursive: true});
  const loader = files.find((file) => /\/ld-linux[^/]*\.so\.\d$/.test(file));
  const libc = files.find((file) => file.endsWith('/libc.so.6'));
  if (loader === undefined || libc === undefined) throw new Error('the package has no C library');
  return [
    '#!/bin/sh',
    'root=$(dirname "$0")',
    `exec "$root/${loader}" --argv0 ${kind}-server --library-path "$root/${join(libc, '..')}" \\`,
    `  "$root/usr/bin/${kind}-check-rdb" "$@"`,
    '',
  ].join('\n');
}

/** The machine's own sources, with the name of its Debian replaced by that of the newer one. */
async function newerSources(): Promise<string> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const codename = /^VERSION_CODENAME=(\w+)/m.exec(release)?.[1];
  if (!/^ID=debian$/m.test(release) || codename === undefined) throw new Error('not a Debian');
  const stanzas = (await sourceTexts())
    .flatMap((text) => text.split(/\n\s*\n/))
    .filter((stanza) => new RegExp(`^Suites:.*\\b${codename}\\b`, 'm').test(stanza));
  if (stanzas.length === 0) throw new Error('no sources of this Debian to take the mirror from');
  return stanzas.map((stanza) => stanza.replaceAll(codename, suite)).join('\n\n');
}

/** In the newer of the two formats; a line of the older one becomes a stanza. */
async function sourceTexts(): Promise<string[]> {
  const parts = '/etc/apt/sources.list.d';
  const names = await readdir(parts).catch(() => []);
  const files = ['/etc/apt/sources.list', ...names.map((name) => join(parts, name))];
  return Promise.all(files.filter((file) => /\.(list|sources)$/.test(file)).map(readSources));
}

async function readSources(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '');
  if (file.endsWith('.sources')) return text;
  const lines = [...text.matchAll(/^deb +(?:\[[^\]]*\] +)?(\S+) +(\S+) +(.+)$/gm)];
  return lines
    .map(([, uri, name, components]) =>
      [`Types: deb`, `URIs: ${uri}`, `Suites: ${name}`, `Components: ${components}`].join('\n'),
    )
    .join('\n\n');
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
