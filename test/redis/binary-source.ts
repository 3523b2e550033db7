import type {Binary} from './binary.js';
import {versionOf} from './binary.js';
import {launchLocal} from './local-process.js';
import {OwnServer} from './own-server.js';
import type {RedisSource} from './redis-source.js';

/** Servers that run as children of this process. */
export async function binarySource(binary: Binary): Promise<RedisSource> {
  const version = await versionOf(binary);
  const launch = launchLocal(binary);
  // Older ones know no such switch and always allow DEBUG.
  const major = Number(/\d+/.exec(version)?.[0]);
  const debug = major >= 7 ? ['--enable-debug-command', 'yes'] : [];
  return {
    name: `${version}, ${binary.path}`,
    canFault: true,
    start: (options = {}) =>
      OwnServer.start(launch, {...options, args: [...debug, ...(options.args ?? [])]}),
  };
}
