import {expect} from 'chai';
import {existsSync} from 'node:fs';
import {posix} from 'node:path';

import {PAGES, read, ROOT} from './pages.js';
import {titlesIn} from './titles.js';

/** A link in a page to another place of the project. */
interface Link {
  readonly page: string;
  /** The file or folder that is linked to; the page itself for a mere anchor. */
  readonly file: string;
  readonly anchor: string | undefined;
}

const links = PAGES.flatMap((page) => linksOf(page));

function linksOf(page: string): readonly Link[] {
  const text = read(page).replaceAll(/^```[\s\S]*?^```$/gm, '');
  return [...text.matchAll(/\]\((?!https?:)(?<path>[^)#]*)(?:#(?<anchor>[^)]+))?\)/g)].map(
    ({groups = {}}) => {
      const {path = '', anchor} = groups;
      const file = path === '' ? page : posix.join(posix.dirname(page), path);
      return {page, file, anchor};
    },
  );
}

/** The anchors that a page has by its headings. */
function anchorsIn(page: string): readonly string[] {
  return [...read(page).matchAll(/^#+ (?<heading>.+)$/gm)].map(({groups}) =>
    (groups?.['heading'] ?? '')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** The tests that a page points to: titles in quotation marks in the list below a link to their file. */
function testsIn(page: string): readonly {readonly file: string; readonly title: string}[] {
  const lists = /^- \[(?<file>test\/[^\]]+\.test\.ts)\].*\n(?<list>(?: {2,}.*\n)+)/gm;
  return [...read(page).matchAll(lists)].flatMap(({groups = {}}) => {
    const {file = '', list = ''} = groups;
    const titles = [...list.replaceAll(/\n\s+(?!- )/g, ' ').matchAll(/“(?<title>[^”]+)”/g)];
    return titles.map((match) => ({file, title: match.groups?.['title'] ?? ''}));
  });
}

describe('the links in the pages', () => {
  it('lead to files that are there', () => {
    const dead = links.filter(({file}) => !existsSync(ROOT + file));

    expect(dead).to.deep.equal([]);
  });

  it('lead to headings that are there', () => {
    const dead = links.filter(
      ({file, anchor}) =>
        anchor !== undefined && file.endsWith('.md') && !anchorsIn(file).includes(anchor),
    );

    expect(dead).to.deep.equal([]);
  });

  it('reach every page from the first one', () => {
    const reached = new Set(['README.md']);
    // What is added on the way is gone through as well.
    for (const from of reached) {
      for (const {page, file} of links) if (page === from) reached.add(file);
    }

    expect([...reached]).to.include.members([...PAGES]);
  });
});

describe('the guarantees', () => {
  const page = 'docs/guarantees.md';
  const tests = testsIn(page);

  it('point only to tests that are there', () => {
    const absent = tests.filter(({file, title}) => !titlesIn(file).includes(title));

    expect(absent).to.deep.equal([]);
  });

  it('have tests below every promise', () => {
    const [, promised = ''] = read(page).split('\n## What is promised\n');
    const [promises = ''] = promised.split('\n## ');
    const bare = promises
      .split('\n### ')
      .slice(1)
      .filter((promise) => !promise.includes('“'))
      .map((promise) => promise.split('\n')[0]);

    expect(bare).to.deep.equal([]);
  });

  it('lose none of the titles they name on the way to this test', () => {
    const named = [...read(page).matchAll(/^ +- “/gm)];

    expect(tests).to.have.lengthOf(named.length);
  });
});
