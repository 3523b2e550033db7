import {expect} from 'chai';
import {LeaderElection, type LeaderElectionOptions} from 'holdfast/election';

import {rejectionOf} from '../rejection.js';

const unused = (): never => {
  throw new Error('nothing is sent');
};
const locker = {acquire: unused, inspect: unused, watch: unused};

const make = (options: unknown, name: unknown = 'x'): (() => LeaderElection) => {
  return () => new LeaderElection(locker, name as string, options as LeaderElectionOptions);
};

const isHealthy = (): boolean => true;

describe('the options of an election', () => {
  const refused: readonly (readonly [object, RegExp])[] = [
    [{ttlMs: 0}, /`ttlMs` to be a whole number of milliseconds from 1/],
    [{ttlMs: '1s'}, /`ttlMs`.+got a string/],
    [{headStartMs: -1}, /`headStartMs`.+got -1/],
    [{resignGraceMs: -1}, /`resignGraceMs`.+got -1/],
    [{keepAlive: false}, /`keepAlive` to be true or "worker", got false/],
    [{pauseMs: Infinity}, /`pauseMs`.+got Infinity/],
    [{id: ''}, /`id`.+got an empty string/],
    [{id: 'x'.repeat(101)}, /`id` to be a text of 1 to 100 bytes/],
    [{isHealthy: true}, /`isHealthy` to be a function, got true/],
    [{isHealthy, healthEveryMs: 0}, /`healthEveryMs`.+got 0/],
    [{leaseMs: 1000}, /to have only id, ttlMs.+got `leaseMs`/],
  ];
  for (const [options, message] of refused) {
    it(`are refused one by one: ${JSON.stringify(options)}`, () => {
      expect(make(options)).to.throw(message);
    });
  }

  const related: readonly (readonly [object, RegExp])[] = [
    [{ttlMs: 1000, headStartMs: 501}, /`headStartMs` to be at most half of `ttlMs` \(1000\).+501/],
    [{headStartMs: 5001}, /`headStartMs` to be at most half of `ttlMs` \(10000\)/],
    [
      {isHealthy, healthEveryMs: 100, healthTimeoutMs: 101},
      /`healthTimeoutMs` to be at most `healthEveryMs` \(100\).+101/,
    ],
    [{healthEveryMs: 100}, /`healthEveryMs` to come with `isHealthy`/],
    [{healthTimeoutMs: 100}, /`healthTimeoutMs` to come with `isHealthy`/],
  ];
  for (const [options, message] of related) {
    it(`are refused when they do not fit together: ${JSON.stringify(options)}`, () => {
      expect(make(options)).to.throw(message);
    });
  }

  it('are taken at the borders of these relations', () => {
    expect(make({ttlMs: 1000, headStartMs: 500, resignGraceMs: Infinity})).to.not.throw();
    expect(make({isHealthy, healthEveryMs: 100, healthTimeoutMs: 100})).to.not.throw();
  });

  it('go with a name', () => {
    expect(make({}, '')).to.throw(RangeError, '`name`');
    expect(make({}, 7)).to.throw(TypeError, '`name` to be a text, got 7');
  });

  it('of a campaign are refused before it begins', async () => {
    const election = make({})();

    expect(() => election.terms({signal: 1} as object)).to.throw(TypeError, '`signal`');
    expect(() => election.observe({signal: 1} as object)).to.throw(TypeError, '`signal`');
    expect(() => election.terms({until: 1} as object)).to.throw(TypeError, 'got `until`');
    expect(await rejectionOf(election.run('x' as never))).to.be.instanceOf(TypeError);
  });
});
