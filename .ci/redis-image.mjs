// Makes a container image out of the Redis that the tests use and the libraries it needs.
// usage: node .ci/redis-image.mjs <image>
import {execFileSync} from 'node:child_process';
import {copyFile, mkdir, mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {basename, dirname, join} from 'node:path';
import {environmentOf} from '../.cache/test/redis/binary.js';
import {debianBinary} from '../.cache/test/redis/debian-binary.js';
import {localBinary} from '../.cache/test/redis/local-binary.js';

const [image] = process.argv.slice(2);
if (image === undefined) throw new Error('usage: node .ci/redis-image.mjs <image>');

const binary = (await localBinary(process.env)) ?? (await debianBinary());
if (typeof binary === 'string') throw new Error(`No Redis to put into an image: ${binary}`);

const root = await mkdtemp(join(tmpdir(), 'holdfast-image-'));
try {
  await put(binary.path, '/redis-server');
  for (const {name, path} of librariesOf(binary)) {
    // The loader is found by its whole path, the rest by name.
    await put(path, name.startsWith('/') ? name : `/lib/${basename(path)}`);
  }
  const tar = execFileSync('tar', ['-C', root, '-c', '.'], {maxBuffer: 2 ** 30});
  const settings = ['ENTRYPOINT ["/redis-server"]', 'ENV LD_LIBRARY_PATH=/lib'];
  const changes = settings.flatMap((setting) => ['--change', setting]);
  execFileSync('docker', ['import', ...changes, '-', image], {input: tar, stdio: 'pipe'});
} finally {
  await rm(root, {recursive: true});
}

function librariesOf(program) {
  const env = environmentOf(program);
  const text = execFileSync('ldd', [program.path], {env, encoding: 'utf8'});
  return [...text.matchAll(/^\s*(?:(\S+) => )?(\/\S+) \(/gm)].map(([, name, path]) => ({
    name: name ?? path,
    path,
  }));
}

async function put(from, to) {
  await mkdir(join(root, dirname(to)), {recursive: true});
  await copyFile(from, join(root, to));
}
