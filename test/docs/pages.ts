import {readdirSync, readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';

/** The folder of the project. */
export const ROOT: string = fileURLToPath(new URL('../../../', import.meta.url));

/** Every page that is written for people, by its path from the root. */
export const PAGES: readonly string[] = [
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  ...readdirSync(`${ROOT}docs`)
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`),
];

/** The text of a page, or of any other file. */
export const read = (path: string): string => readFileSync(ROOT + path, 'utf8');

/** The part of a page between a heading and the next one of its level or above. */
export function section(page: string, heading: string): string {
  const text = read(page);
  const start = text.indexOf(`\n${heading}\n`);
  if (start === -1) throw new Error(`${page} has no heading "${heading}"`);
  const level = /^#+/.exec(heading)?.[0].length ?? 1;
  const rest = text.slice(start + heading.length + 2);
  const end = rest.search(new RegExp(`^#{1,${level}} `, 'm'));
  return end === -1 ? rest : rest.slice(0, end);
}

/** The rows of the tables in a text: their cells, without the heads and the rules under them. */
export function rows(text: string): readonly (readonly string[])[] {
  return [...text.matchAll(/^\|(?! *:?-)(?<row>.*)\|$(?!\n\| *:?-)/gm)].map(({groups}) =>
    (groups?.['row'] ?? '').split(/(?<!\\)\|/).map((cell) => cell.trim()),
  );
}

/** What stands between backticks. */
export const inCode = (text: string): readonly string[] =>
  [...text.matchAll(/`(?<code>[^`]+)`/g)].map(({groups}) => groups?.['code'] ?? '');
