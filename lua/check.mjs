// Checks every script of a folder, by default this one. A script compiles under Lua 5.1, sets no global and reads only
// those that every server has, takes keys from KEYS alone, and says in its header which KEYS and ARGV it uses, which it
// then does. What a server makes of the texts, their SHA-1 included, is for the tests.
import {pathToFileURL} from 'node:url';
import {headerFaults} from './check-header.mjs';
import {usesOf} from './check-uses.mjs';
import {luaFiles, read, textOf} from './texts.mjs';

function faultsOf(folder, file) {
  try {
    // As the server gets it, with the scripts that it includes.
    const {faults} = usesOf(textOf(folder, file));
    const own = read(folder, file);
    return [...faults, ...headerFaults(own, usesOf(own))];
  } catch (error) {
    return [`does not compile: ${error.message}`];
  }
}

const [, , path] = process.argv;
const folder = path === undefined ? new URL('./', import.meta.url) : pathToFileURL(`${path}/`);
for (const file of luaFiles(folder)) {
  for (const text of faultsOf(folder, file)) {
    console.error(`${file}: ${text}`);
    process.exitCode = 1;
  }
}
