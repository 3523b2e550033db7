import {read} from './pages.js';

/** The titles in a test file, as they are written there. */
export function titlesIn(file: string): readonly string[] {
  const title = /\bit\(\s*(?<quote>['"])(?<title>(?:\\.|(?!\k<quote>).)*)\k<quote>/g;
  return [...read(file).matchAll(title)].map(({groups}) =>
    (groups?.['title'] ?? '').replaceAll(/\\(.)/g, '$1'),
  );
}
