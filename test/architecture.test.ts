import {expect} from 'chai';
import {readdirSync, readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {posix} from 'node:path';

const SRC = fileURLToPath(new URL('../../src/', import.meta.url));

/**
 * Who may know whom. A room is a folder of `src`, or a file beside them; the other names are packages.
 * What belongs to Node itself (`node:…`) is open to all.
 */
const MAY_KNOW: Readonly<Record<string, readonly string[]>> = {
  // The door: names and no logic.
  index: [
    'guard',
    'locker',
    'lock',
    'options',
    'sections',
    'errors',
    'inspection',
    'lease',
    'redis',
  ],

  locker: [
    'sections',
    'waiting',
    'keep-alive',
    'inspection',
    'holding',
    'lines',
    'lock',
    'on-abort',
    'lease',
    'redis',
    'options',
    'errors',
    'check',
  ],
  // They are given what obtains a lock, and know no locker.
  sections: ['lock', 'options', 'errors', 'check'],
  // Where a lock meets what its locker is made of.
  holding: ['guard', 'waiting', 'keep-alive', 'lock', 'lease', 'options', 'errors'],
  // Where waiting in the order of arrival meets what Redis keeps of it.
  lines: ['waiting', 'lease', 'on-abort'],
  options: ['longest-timer-ms', 'lease', 'redis', 'check'],
  lock: ['errors', 'guard'],
  // What a user has done under a lock goes to the node past all votes.
  guard: ['redis', 'check'],
  // Looks at locks of whomever, and waits for news of them.
  inspection: ['lease', 'redis', 'waiting', 'errors', 'abort-controller-x'],
  waiting: ['on-abort', 'longest-timer-ms', 'errors', 'abort-controller-x', 'p-retry'],
  // In the worker thread it opens connections of its own, and so knows ioredis.
  'keep-alive': [
    'alarm',
    'bag',
    'lease',
    'redis',
    'errors',
    'abort-controller-x',
    'tinyqueue',
    'ioredis',
  ],
  lease: ['redis', 'errors'],
  redis: ['errors', 'alarm', 'bag'],
  errors: [],
  alarm: [],
  bag: [],
  check: [],
  'on-abort': ['bag'],
  'longest-timer-ms': [],

  utilities: ['redis', 'check'],

  // They use the lock as everybody does, and could live in packages of their own.
  election: ['index', 'check', 'on-abort', 'longest-timer-ms', 'abort-controller-x'],
  observe: ['index'],
  // A node of its own behind the public seam.
  testing: ['index', 'tinyqueue'],
  cli: ['index', 'election', 'utilities', 'observe', 'ioredis'],
};

/** One import in a source file: of another source file, or of a package. */
interface Import {
  readonly from: string;
  readonly to: string;
  readonly isPackage: boolean;
}

const IMPORT =
  /^(?:import|export)\s(?:[^'"]*?\sfrom\s+)?['"](?<name>[^'"]+)['"]|\bimport\(\s*['"](?<later>[^'"]+)['"]/gm;

const files = readdirSync(SRC, {recursive: true, encoding: 'utf8'})
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => file.endsWith('.ts'));

const imports = files.flatMap((file) => importsIn(file));

function importsIn(from: string): readonly Import[] {
  const text = readFileSync(SRC + from, 'utf8');
  return [...text.matchAll(IMPORT)].flatMap(({groups = {}}): readonly Import[] => {
    const name = groups['name'] ?? groups['later'] ?? '';
    if (name.startsWith('node:')) return [];
    if (!name.startsWith('.')) return [{from, to: name, isPackage: true}];
    const to = posix.join(posix.dirname(from), name).replace(/\.js$/, '.ts');
    return [{from, to, isPackage: false}];
  });
}

/** The folder of a file, or the file itself where it stands beside them. */
const roomOf = (file: string): string => file.replace(/\/.*|\.ts$/, '');

const isAllowed = ({from, to, isPackage}: Import): boolean => {
  const goal = isPackage ? to : roomOf(to);
  return goal === roomOf(from) || (MAY_KNOW[roomOf(from)] ?? []).includes(goal);
};

const importersOf = (name: string): readonly string[] =>
  imports.filter(({to}) => to === name).map(({from}) => from);

/** The files on a way from `file` back to itself, if there is one. */
function circleAt(file: string): readonly string[] | undefined {
  const visited = new Set<string>();
  const search = (here: string, path: readonly string[]): readonly string[] | undefined => {
    for (const {to} of imports.filter(({from, isPackage}) => from === here && !isPackage)) {
      if (to === file) return [...path, to];
      if (visited.has(to)) continue;
      visited.add(to);
      const circle = search(to, [...path, to]);
      if (circle !== undefined) return circle;
    }
    return undefined;
  };
  return search(file, [file]);
}

describe('the house', () => {
  it('has every room in the table', () => {
    const unknown = files.map((file) => roomOf(file)).filter((room) => !(room in MAY_KNOW));

    expect(unknown).to.deep.equal([]);
  });

  it('has only doors that the table allows', () => {
    const strangers = imports.filter((each) => !isAllowed(each));

    expect(strangers.map(({from, to}) => `${from} → ${to}`)).to.deep.equal([]);
  });

  it('imports only files that are there', () => {
    const absent = imports.filter(({to, isPackage}) => !isPackage && !files.includes(to));

    expect(absent).to.deep.equal([]);
  });

  it('has no way by which a file comes back to itself', () => {
    const circles = files.flatMap((file) => circleAt(file)?.join(' → ') ?? []);

    expect(circles).to.deep.equal([]);
  });

  it('knows p-retry in one file', () => {
    expect(importersOf('p-retry')).to.deep.equal(['waiting/acquire.ts']);
  });

  it('knows abort-controller-x only where something is waited for', () => {
    const rooms = importersOf('abort-controller-x').map((file) => roomOf(file));

    expect(rooms).to.include('waiting');
    expect(['waiting', 'keep-alive', 'inspection', 'election']).to.include.members(rooms);
  });

  it('loads no Redis client, but in a program of its own and in a thread of its own', () => {
    const strangers = importersOf('ioredis').filter((file) => !file.startsWith('cli/'));

    expect(strangers).to.deep.equal(['keep-alive/worker/thread.ts']);
  });

  it('speaks Lua in no room but redis and utilities, and where a node is made', () => {
    const speakers = files
      .filter((file) => /\bEVAL(?:SHA)?\b|\.call\(['"]/.test(readFileSync(SRC + file, 'utf8')))
      .map((file) => roomOf(file));

    expect(['redis', 'utilities', 'testing']).to.include.members(speakers);
  });
});
