import {Lock} from '#internal/lock.js';
import {expect} from 'chai';
import * as holdfast from 'holdfast';
import * as utilities from 'holdfast/utilities';
import {readdirSync} from 'node:fs';

import {inCode, read, ROOT, rows, section} from './pages.js';

/** Every name that an entry of the package exports, types included. */
function exportedNames(entry: string): readonly string[] {
  const lists = [...read(entry).matchAll(/export (?:type )?\{(?<names>[^}]+)\}/g)];
  return lists.flatMap(({groups}) =>
    (groups?.['names'] ?? '')
      .split(',')
      .map((name) => name.trim().replace(/^type /, ''))
      .filter((name) => name !== ''),
  );
}

/** The names of a function's arguments, as the sources have them. */
function argumentsOf(name: string): readonly string[] {
  const sources = ['src/utilities/', 'src/redis/'].flatMap((folder) =>
    readdirSync(ROOT + folder)
      .filter((file) => file.endsWith('.ts'))
      .map((file) => read(folder + file)),
  );
  const head = new RegExp(`export (?:async )?function ${name}\\b[^(]*\\((?<list>[^)]*)\\)`);
  const [list = ''] = sources.flatMap((source) => head.exec(source)?.groups?.['list'] ?? []);
  return [...list.matchAll(/(?<name>\w+)\??:/g)].map(({groups}) => groups?.['name'] ?? '');
}

/** The class and code of every error, as the source has them. */
function errorCodes(): ReadonlyMap<string, string> {
  const classes = read('src/errors.ts').matchAll(
    /class (?<name>\w+) extends HoldfastError \{[\s\S]*?code = '(?<code>\w+)'/g,
  );
  return new Map([...classes].map(({groups = {}}) => [groups['name'] ?? '', groups['code'] ?? '']));
}

/** What stands in the public part of a class: neither private nor marked as internal. */
function membersOf(type: {readonly prototype: object}): readonly string[] {
  const internal = new Set(['constructor', 'lose']);
  return Object.getOwnPropertyNames(type.prototype).filter((name) => !internal.has(name));
}

const codesIn = (text: string): ReadonlyMap<string, string> =>
  new Map(
    rows(text)
      .map((cells) => [inCode(cells[0] ?? '')[0], inCode(cells[1] ?? '')[0]] as const)
      .filter((pair): pair is readonly [string, string] => !pair.includes(undefined)),
  );

const exportedErrors = Object.entries(holdfast)
  .filter(([, value]) => value.prototype instanceof Error)
  .map(([name]) => name);

describe('the first page', () => {
  const api = section('README.md', '## API');
  const errors = section('README.md', '## Errors');

  it('names everything that the package exports', () => {
    const named = inCode(api + errors).flatMap((code) => code.match(/\w+/g) ?? []);

    expect(named).to.include.members([...exportedNames('src/index.ts')]);
  });

  it('names every member of a locker and a lock', () => {
    const named = inCode(
      rows(api)
        .map(([name]) => name)
        .join(' '),
    );

    for (const name of membersOf(holdfast.Locker)) {
      expect(
        named.some((code) => code.startsWith(`locker.${name}`)),
        `locker.${name}`,
      ).to.be.true;
    }
    for (const name of membersOf(Lock)) {
      expect(
        named.some((code) => code.startsWith(`lock.${name}`)),
        `lock.${name}`,
      ).to.be.true;
    }
  });

  it('names no member that is not there', () => {
    const named = inCode(
      rows(api)
        .map(([name]) => name)
        .join(' '),
    ).flatMap(
      (code) => /^(?<owner>lock|locker)\.(?<member>\w+)/.exec(code)?.slice(1, 3).join('.') ?? [],
    );
    const members = [
      ...membersOf(holdfast.Locker).map((name) => `locker.${name}`),
      ...membersOf(Lock).map((name) => `lock.${name}`),
    ];

    expect(members).to.include.members(named);
  });

  it('has every error with its code', () => {
    expect(codesIn(errors)).to.deep.equal(errorCodes());
  });
});

describe('the page of errors', () => {
  const page = 'docs/errors.md';

  it('has every error with its code', () => {
    expect(codesIn(read(page))).to.deep.equal(errorCodes());
  });

  it('has a section for every error that is exported', () => {
    for (const name of exportedErrors) expect(read(page)).to.include(`\n## ${name}\n`);
  });

  it('knows all errors that are exported but their abstract root', () => {
    expect([...errorCodes().keys(), 'HoldfastError']).to.have.members(exportedErrors);
  });

  it('has the fields of its errors', () => {
    const node = new holdfast.NodeError(1, new Error('READONLY You cannot write'));
    const samples = [
      new holdfast.LockTimeoutError(['a'], 5),
      new holdfast.LockLostError(['a'], 'its time ran out'),
      new holdfast.QuorumError(['a'], 'No quorum', [node]),
      node,
      new holdfast.SelfDeadlockError(['a']),
      new holdfast.LockerClosedError(),
    ];
    const fields = new Map(
      rows(read(page)).map((cells) => [inCode(cells[0] ?? '')[0], inCode(cells[2] ?? '')]),
    );

    expect(samples.map(({name}) => name)).to.have.members([...errorCodes().keys()]);
    for (const sample of samples) {
      const common = new Set(['name', 'code', 'message', 'stack', 'cause', 'constructor']);
      const own = [
        ...Object.getOwnPropertyNames(sample),
        ...Object.getOwnPropertyNames(Object.getPrototypeOf(sample)),
      ].filter((name) => !common.has(name));
      expect(fields.get(sample.name), sample.name).to.have.members(own);
    }
  });
});

describe('the page of utilities', () => {
  it('has exactly what can be called, and the names that go with it', () => {
    const named = rows(read('docs/utilities.md')).map(
      ([cell = '']) => /^\w+/.exec(inCode(cell)[0] ?? '')?.[0],
    );

    expect(named).to.have.members(Object.keys(utilities));
  });

  it('has the arguments of every function, in their order', () => {
    for (const [cell = ''] of rows(read('docs/utilities.md'))) {
      const [, name, list] = /^(\w+)\((.*)\)$/.exec(inCode(cell)[0] ?? '') ?? [];
      if (name === undefined || list === undefined) continue;
      expect(list.replaceAll('?', '').split(', '), name).to.deep.equal(argumentsOf(name));
    }
  });
});
