import {access, constants} from 'node:fs/promises';
import {delimiter, join} from 'node:path';
import type {Binary} from './binary.js';
import {fetchedDebianBinary} from './debian-binary.js';

const names = ['redis-server', 'valkey-server', 'keydb-server'];

/** The server that is on this machine already. */
export async function localBinary(env: NodeJS.ProcessEnv): Promise<Binary | undefined> {
  const path = env['REDIS_SERVER_BIN'] ?? (await onPath(env['PATH'] ?? ''));
  if (path) return {path};
  // Fetched before: as good as installed, and there at once.
  return fetchedDebianBinary();
}

async function onPath(path: string): Promise<string | undefined> {
  for (const name of names) {
    for (const dir of path.split(delimiter)) {
      const file = join(dir, name);
      if (dir !== '' && (await isExecutable(file))) return file;
    }
  }
  return undefined;
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
