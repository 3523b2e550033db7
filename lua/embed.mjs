// Embeds lua/*.lua, text and SHA-1, in src/redis/scripts.generated.ts.
// With --check it writes nothing, and fails when that file is stale.
import {createHash} from 'node:crypto';
import {readFileSync, writeFileSync} from 'node:fs';
import {luaFiles, textOf} from './texts.mjs';

const folder = new URL('./', import.meta.url);
const target = new URL('../src/redis/scripts.generated.ts', import.meta.url);

const nameOf = (file) =>
  file.slice(0, -'.lua'.length).replaceAll(/-(.)/g, (_, letter) => letter.toUpperCase());

function constantFor(file) {
  const text = textOf(folder, file);
  const sha1 = createHash('sha1').update(text).digest('hex');
  return `export const ${nameOf(file)}: Script = {\n  sha1: '${sha1}',\n  text: ${JSON.stringify(text)},\n};\n`;
}

const generated = [
  '// Made from lua/*.lua by `npm run embed`; do not edit.\n',
  "import type {Script} from './run-script.js';\n",
  ...luaFiles(folder).map(constantFor),
].join('\n');

if (!process.argv.includes('--check')) writeFileSync(target, generated);
else if (readFileSync(target, 'utf8') !== generated) {
  console.error('src/redis/scripts.generated.ts is stale: run `npm run embed`');
  process.exitCode = 1;
}
