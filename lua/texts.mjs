import {readdirSync, readFileSync} from 'node:fs';

/** The names of a folder's scripts, in order. */
export const luaFiles = (folder) =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.lua'))
    .toSorted();

export const read = (folder, file) =>
  readFileSync(new URL(file, folder), 'utf8').replaceAll('\r\n', '\n');

/** A script without the lines that are there for its readers. */
const bareOf = (folder, name) => read(folder, `${name}.lua`).replaceAll(/^ *--.*\n/gm, '');

/**
 * A script as a server gets it. `-- @include a b` stands for a and b, each as a local function of (KEYS, ARGV); what is
 * to be said of them is said in their own files.
 */
export const textOf = (folder, file) =>
  read(folder, file).replace(/^-- @include (.+)$/m, (_, names) =>
    names
      .split(' ')
      .map((name) => `local function ${name}(KEYS, ARGV)\n${bareOf(folder, name)}end`)
      .join('\n'),
  );
