import {readFile, writeFile} from 'node:fs/promises';
import {availableParallelism, cpus} from 'node:os';

import type {Score} from './score.js';

const PAGE = new URL('../../../docs/torture.md', import.meta.url);
const DATA = new URL('../../../docs/torture.json', import.meta.url);
const BETWEEN = /(?<=<!-- begin: npm run torture -- --real --peers -->\n)[\s\S]*(?=<!-- end -->)/;

/** Where and how the runs were made. */
export interface Circumstances {
  readonly seed: number;
  readonly ttlMs: number;
}

/** Puts the tables between the marks in docs/torture.md, and the numbers beside it. */
export async function writePage(score: Score, {seed, ttlMs}: Circumstances): Promise<void> {
  const machine = `${cpus()[0]?.model.trim() ?? 'unknown'}, ${availableParallelism()} cores, Node ${process.versions.node}`;
  const [first] = score.sums;
  const how = `Seed ${seed}, ttl ${ttlMs} ms, ${first?.runs ?? 0} × ${(first?.seconds ?? 0) / (first?.runs ?? 1)} s of faults for each cell, on ${machine}.`;
  const page = await readFile(PAGE, 'utf8');
  await writeFile(
    PAGE,
    page.replace(BETWEEN, () => `\n${how}\n\n${score.tables()}\n\n`),
  );
  const data = {seed, ttlMs, machine, sums: score.sums};
  await writeFile(DATA, `${JSON.stringify(data, undefined, 2)}\n`);
}
