import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {createRequire} from 'node:module';
import {fileURLToPath} from 'node:url';

// Seen from `.cache/benchmarks`. They resolve ioredis to that of the project: all use one client.
const MANIFEST = new URL('../../benchmarks/peers/package.json', import.meta.url);
const require = createRequire(MANIFEST);

/** Loads one of the packages that only the benchmarks compare with. */
export function peer(name: string): unknown {
  try {
    return require(name);
  } catch (cause) {
    throw new Error(`To compare with ${name}: npm ci --prefix benchmarks/peers`, {cause});
  }
}

/** Whether such a package is there. */
export function isInstalled(name: string): boolean {
  try {
    require.resolve(name);
    return true;
  } catch {
    return false;
  }
}

/** Installs all of them, as their lock file has them. */
export async function installPeers(): Promise<void> {
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel', 'error'];
  const cwd = fileURLToPath(new URL('.', MANIFEST));
  const [code] = (await once(spawn('npm', args, {cwd, stdio: 'inherit'}), 'exit')) as [number];
  if (code !== 0) throw new Error(`npm ci in ${cwd} ended with ${code}`);
}
