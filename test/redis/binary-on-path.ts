import {access, constants} from 'node:fs/promises';
import {delimiter, join} from 'node:path';

const names = ['redis-server', 'valkey-server', 'keydb-server'];

/** The first of the known servers on this search path. */
export async function binaryOnPath(path = ''): Promise<string | undefined> {
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
