import {resolveElection} from '#internal/election/options.js';
import {Term} from '#internal/election/term.js';
import {expect} from 'chai';
import {Locker} from 'holdfast';
import {LeaderElection, LeadershipEndedError, type LeaderElectionOptions} from 'holdfast/election';

import {inCode, read, rows, section} from './pages.js';

const PAGE = 'docs/election.md';

const table = new Map(
  rows(section(PAGE, '## Options'))
    .filter((cells) => cells.length === 4)
    .map(([name = '', , , byDefault = '']) => [inCode(name)[0] ?? '', byDefault] as const),
);

const PARTS: Readonly<Record<string, number>> = {half: 2, quarter: 4, tenth: 10};

/** A default as the page has it: a number, a part of `ttlMs`, or another option. */
function written(name: string, others: Readonly<Record<string, unknown>>): unknown {
  const text = table.get(name) ?? '';
  const [, part] = /(half|quarter|tenth) of `ttlMs`/.exec(text) ?? [];
  if (part !== undefined) return Number(others['ttlMs']) / (PARTS[part] ?? Number.NaN);
  const [code = ''] = inCode(text);
  return code in others ? others[code] : Number(code.replaceAll('_', ''));
}

/** The public members of a class but `constructor`. */
const membersOf = (type: {readonly prototype: object}): readonly string[] =>
  Object.getOwnPropertyNames(type.prototype).filter((name) => name !== 'constructor');

describe('the page of elections', () => {
  it('has exactly the options that an election takes', () => {
    const locker = new Locker({send: () => Promise.reject(new Error('nothing is sent'))});
    const options = {thisIsNone: true} as LeaderElectionOptions;
    const [, known = ''] =
      /to have only (.+), got/.exec(messageOf(() => new LeaderElection(locker, 'x', options))) ??
      [];

    expect([...table.keys()]).to.have.members(known.split(', '));
  });

  it('has the defaults of the code', () => {
    const settings = {...resolveElection({})};
    const times = Object.entries(settings).filter(([, value]) => typeof value === 'number');

    expect(times).to.have.lengthOf(6);
    for (const [name, value] of times) expect(written(name, settings), name).to.equal(value);
  });

  it('has every member of a term', () => {
    const named = inCode(section(PAGE, '## Terms')).join(' ');

    for (const name of membersOf(Term)) {
      if (name !== 'finish') expect(named).to.include(`term.${name}`);
    }
  });

  it('has every member of an election', () => {
    const named = inCode(section(PAGE, '## An election')).join(' ');

    for (const name of membersOf(LeaderElection)) expect(named).to.include(`election.${name}`);
  });

  it('has every way in which a term ends', () => {
    const endings = rows(section(PAGE, '### How a term ends')).map(
      ([name = '']) => inCode(name)[0],
    );

    for (const ending of endings) {
      const {message} = new LeadershipEndedError('x', ending as 'lost');
      expect(message)
        .to.match(/^The leadership of "x" ended: \w/)
        .and.not.include('undefined');
    }
    expect(endings).to.have.lengthOf(6);
    expect(read(PAGE)).to.include(new LeadershipEndedError('x', 'lost').code);
  });
});

function messageOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return (error as Error).message;
  }
  return '';
}
