// Writes the pictures and the tables from the results that are kept; with --check only says whether they agree.
import {existsSync} from 'node:fs';
import {readFile, writeFile} from 'node:fs/promises';
import {basename} from 'node:path';

import {drawChart} from './reporting/chart.js';
import {chartPath, pagePaths, readResult, withParts} from './reporting/pages.js';
import {partsOf} from './reporting/parts.js';
import {pictureOf} from './reporting/picture.js';
import {scenarios} from './scenarios/catalogue.js';

const isChecking = process.argv.includes('--check');

async function put(path: string, text: string): Promise<void> {
  const before = existsSync(path) ? await readFile(path, 'utf8') : undefined;
  if (before === text) return;
  if (!isChecking) {
    await writeFile(path, text);
    return;
  }
  process.stderr.write(`${basename(path)} is not what the results say: npm run bench:report\n`);
  process.exitCode = 1;
}

for (const scenario of scenarios) {
  const result = readResult(scenario.name);
  if (result === undefined) continue;
  await put(chartPath(scenario.name), drawChart(pictureOf(scenario, result)));
}
const parts = partsOf();
for (const path of pagePaths) await put(path, withParts(await readFile(path, 'utf8'), parts));
