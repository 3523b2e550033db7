import {
  defaultNodeTimeoutMs,
  fenceTtlMs,
  heartbeatMs,
  majority,
  usableMs,
} from '#internal/lease/validity.js';
import {resolveLocker} from '#internal/options.js';
import {expect} from 'chai';
import {Locker, type AcquireOptions} from 'holdfast';

import {inCode, rows, section} from './pages.js';

const PAGE = 'docs/options.md';

/** A row of the table: the option, the calls that take it, and what is said about its range and default. */
interface Row {
  readonly option: string;
  readonly takenBy: readonly string[];
  readonly range: string;
  readonly byDefault: string;
}

const table: readonly Row[] = rows(section(PAGE, '## The table')).map(
  ([option = '', takenBy = '', , range = '', byDefault = '']) => ({
    option: inCode(option)[0] ?? '',
    takenBy: inCode(takenBy),
    range,
    byDefault,
  }),
);

const row = (name: string): Row => {
  const found = table.find(({option}) => option === name);
  if (found === undefined) throw new Error(`${PAGE} has no option ${name}`);
  return found;
};

/** The value that stands in the default column. */
function written(name: string): unknown {
  const [code = ''] = inCode(row(name).byDefault);
  if (code === 'Infinity') return Infinity;
  return JSON.parse(code.replaceAll('_', '').replaceAll("'", '"'));
}

const neverAsked = {send: () => Promise.reject(new Error('nothing is sent'))};

/** The options that a call says it takes, when it is given one that nobody knows. */
async function knownTo(call: (options: AcquireOptions) => unknown): Promise<readonly string[]> {
  const options = {thisIsNone: true} as AcquireOptions;
  try {
    await call(options);
  } catch (error) {
    const [, list = ''] = /to have only (.+), got/.exec((error as Error).message) ?? [];
    return list.split(', ');
  }
  throw new Error('took an option that nobody knows');
}

const takenBy = (call: string): readonly string[] =>
  table.filter((each) => each.takenBy.includes(call)).map(({option}) => option);

describe('the page of options', () => {
  it('has exactly the options that each call takes', async () => {
    const locker = new Locker(neverAsked);

    const known = {
      Locker: await knownTo((options) => new Locker(neverAsked, options)),
      acquire: await knownTo((options) => locker.acquire('a', options)),
      tryAcquire: await knownTo((options) => locker.tryAcquire('a', options)),
    };

    for (const [call, options] of Object.entries(known)) {
      expect(takenBy(call), call).to.have.members(options);
    }
    // A section takes what `acquire` takes, and what the table marks as its own.
    const ofSections = await knownTo((options) => locker.using('a', options, () => {}));
    expect([...known.acquire, ...takenBy('using')]).to.have.members(ofSections);
  });

  it('has the defaults of the code', () => {
    const settings = resolveLocker({}, {nodes: 3, isCluster: false});

    for (const name of [
      'ttlMs',
      'keepAlive',
      'maxHoldMs',
      'lockDelayMs',
      'stallMs',
      'timeoutMs',
      'keyPrefix',
      'metadata',
    ] as const) {
      expect(written(name), name).to.equal(settings[name]);
    }
    expect(written('fair')).to.equal(settings.isFair);
    expect(row('label').byDefault).to.equal('none');
    expect(settings.label).to.equal(undefined);
    expect(row('random').byDefault).to.equal('`Math.random`');
    expect(settings.random).to.equal(Math.random);
    expect(row('clocks').byDefault).to.equal('those of the machine');
    expect(settings.clocks).to.equal(undefined);
  });

  it('has the default quorums of the code', () => {
    const pairs = [...row('quorum').byDefault.matchAll(/(\d) of (\d)/g)];

    expect(pairs).to.have.lengthOf(5);
    for (const [, quorum, nodes] of pairs) {
      const settings = resolveLocker({}, {nodes: Number(nodes), isCluster: false});
      expect(settings.quorum, `${nodes} nodes`).to.equal(Number(quorum));
      expect(majority(Number(nodes))).to.equal(Number(quorum));
    }
  });

  it('has the default time of a node as the code calculates it', () => {
    const [share = '', least, most] = inCode(row('nodeTimeoutMs').byDefault);
    const parts = Number(/^ttlMs \/ (\d+)$/.exec(share)?.[1]);

    expect(resolveLocker({}, {nodes: 1, isCluster: false}).nodeTimeoutMs).to.equal(undefined);
    for (const ttlMs of [186, 1000, 1001, 5000, 10_000, 20_000, 60_000]) {
      const expected = Math.min(Math.max(Number(least), Math.floor(ttlMs / parts)), Number(most));
      expect(defaultNodeTimeoutMs(ttlMs), `${ttlMs} ms`).to.equal(expected);
    }
  });

  it('has the least ttl that is taken', () => {
    const least = Number(inCode(row('ttlMs').range)[0]);

    expect(() => new Locker(neverAsked, {ttlMs: least})).to.not.throw();
    expect(() => new Locker(neverAsked, {ttlMs: least - 1})).to.throw(RangeError);
  });

  it('has the times that follow from a ttl as the code calculates them', () => {
    const examples = rows(section(PAGE, '## What follows from `ttlMs`'));

    expect(examples).to.not.be.empty;
    for (const cells of examples) {
      const [ttlMs = Number.NaN, ...times] = cells.map(Number);
      const calculated = [
        usableMs(ttlMs),
        Math.floor(heartbeatMs(ttlMs)),
        defaultNodeTimeoutMs(ttlMs),
        fenceTtlMs(ttlMs),
      ];
      expect(times, `${ttlMs} ms`).to.deep.equal(calculated);
    }
  });
});
