import {mkdir, writeFile} from 'node:fs/promises';
import {dirname} from 'node:path';

/** Writes a result as JSON. */
export async function keep(path: string, result: object): Promise<void> {
  await mkdir(dirname(path), {recursive: true});
  await writeFile(path, `${JSON.stringify(result, undefined, 1)}\n`);
}
