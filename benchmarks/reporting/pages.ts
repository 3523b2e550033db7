import {existsSync, readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';

import type {Result} from './result.js';

// Seen from `.cache/benchmarks/reporting`.
const ROOT = new URL('../../../', import.meta.url);

const pathOf = (file: string): string => fileURLToPath(new URL(file, ROOT));

/** Where the result of a scenario is kept. */
export const resultPath = (scenario: string): string => pathOf(`docs/benchmarks/${scenario}.json`);

/** Where its picture is. */
export const chartPath = (scenario: string): string => pathOf(`docs/benchmarks/${scenario}.svg`);

/** The pages that have generated parts. */
export const pagePaths: readonly string[] = ['docs/benchmarks.md', 'README.md'].map(pathOf);

/** What the last full run has found out, if there was one. */
export function readResult(scenario: string): Result | undefined {
  const path = resultPath(scenario);
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Result) : undefined;
}

/** The text with each part between `<!-- begin x -->` and `<!-- end x -->` replaced by the one of that name. */
export function withParts(text: string, parts: ReadonlyMap<string, string>): string {
  return text.replaceAll(
    /<!-- begin (?<name>\S+) -->\n[\s\S]*?<!-- end \k<name> -->/g,
    (_whole, name: string) => {
      const part = parts.get(name);
      if (part === undefined) throw new Error(`Nothing is known about the part ${name}`);
      return `<!-- begin ${name} -->\n\n${part}\n\n<!-- end ${name} -->`;
    },
  );
}
