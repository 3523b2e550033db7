import {expect} from 'chai';

import {check, type Findings} from './check.js';
import type {Entry, Happening} from './history.js';
import {violations} from './violations.js';

/** One critical section of a forged history. */
interface Forged {
  readonly from: number;
  /** When the lock was last asked, and said that it is held. */
  readonly believes?: number;
  readonly told?: number;
  readonly until?: number;
  readonly fence?: number;
  readonly isDead?: boolean;
}

const at = (time: number, happening: Happening): Entry => ({at: time, ...happening});

/** What a process writes down that holds the lock once. */
function holding(section: string, forged: Forged): Entry[] {
  const {from, believes, told, until, fence, isDead = false} = forged;
  return [
    at(0, {type: 'ask', section, resource: 'one', isLast: false}),
    at(from, {type: 'begin', section, checkedAt: from - 1, isDead, ...(fence && {fence})}),
    ...(believes === undefined ? [] : [at(believes, {type: 'belief', section})]),
    ...(told === undefined ? [] : [at(told, {type: 'signal', section})]),
    ...(until === undefined
      ? []
      : [at(until, {type: 'release', section}), at(until + 1, {type: 'released', section})]),
  ];
}

interface Forgery {
  readonly a: readonly Entry[];
  readonly b?: readonly Entry[];
  readonly unguarded?: readonly string[];
  readonly guarded?: readonly string[];
  readonly killed?: readonly string[];
}

const judge = ({a, b = [], unguarded = [], guarded = [], killed = []}: Forgery): Findings =>
  check({
    histories: new Map([
      ['a', a],
      ['b', b],
    ]),
    writes: [{resource: 'one', unguarded, guarded}],
    killed: new Set(killed),
  });

const broken = (
  forgery: Forgery,
  options: {isBroken?: boolean; forgets?: boolean} = {},
): string[] =>
  violations(
    {...judge(forgery), crashes: [], keysLeft: 0, keysLeaked: 0},
    {ttlMs: 1000, isBroken: options.isBroken ?? false, forgetsCounters: options.forgets ?? false},
  );

const first = holding('a:1', {from: 100, believes: 190, until: 200, fence: 1});
const second = holding('b:1', {from: 210, believes: 290, until: 300, fence: 2});

/** What a process writes down that does not get the lock. */
const missed = (isLast: boolean): Entry[] => [
  at(0, {type: 'ask', section: 'a:1', resource: 'one', isLast}),
  at(9, {type: 'miss', section: 'a:1', error: 'LockTimeoutError'}),
];

describe('the checker of histories', () => {
  it('finds nothing where two hold one after the other', () => {
    const forgery = {a: first, b: second, unguarded: ['a:1', 'b:1'], guarded: ['a:1', 'b:1']};

    expect(broken(forgery)).to.deep.equal([]);
    expect(judge(forgery).sections).to.equal(2);
  });

  it('finds two that are told at once that they hold, and for how long', () => {
    const a = holding('a:1', {from: 100, believes: 260, until: 270, fence: 1});

    expect(judge({a, b: second}).overlaps).to.deep.equal([
      {resource: 'one', first: 'a:1', second: 'b:1', ms: 50},
    ]);
    expect(broken({a, b: second}).join()).to.include('two holders');
  });

  it('finds a holder that is killed in the midst of another one’s section', () => {
    const a = holding('a:1', {from: 100, believes: 400, until: 410, fence: 1});
    const b = holding('b:1', {from: 210, fence: 2});

    expect(judge({a, b, killed: ['b']}).overlaps).to.have.lengthOf(1);
  });

  it('takes only for held what was said to be held later still', () => {
    const a = holding('a:1', {from: 100, believes: 205, told: 206, until: 500, fence: 1});

    expect(judge({a, b: second}).overlaps).to.deep.equal([]);
  });

  it('bears two holders where an assumption was broken, and nothing else', () => {
    const a = holding('a:1', {from: 100, believes: 260, told: 262, until: 270, fence: 1});

    expect(broken({a, b: second}, {isBroken: true})).to.deep.equal([]);
  });

  it('finds who is told of the loss after another has begun, or never', () => {
    const late = holding('a:1', {from: 100, told: 250, until: 600, fence: 1});
    const never = holding('a:1', {from: 100, until: 600, fence: 1});

    expect(judge({a: late, b: second}).lateNotices.map(({ms}) => ms)).to.deep.equal([40]);
    expect(judge({a: never, b: second}).lateNotices.map(({ms}) => ms)).to.deep.equal([390]);
    expect(broken({a: late, b: second}).join()).to.include('told late');
  });

  it('does not blame a process for what it was told while it stood still', () => {
    const stall = at(150, {type: 'stall', until: 595});
    const a = [...holding('a:1', {from: 100, told: 600, until: 700, fence: 1}), stall];

    expect(judge({a, b: second}).lateNotices).to.deep.equal([]);
  });

  it('finds who is not told within a ttl even where an assumption was broken', () => {
    const a = holding('a:1', {from: 100, told: 1300, until: 1400, fence: 1});

    expect(broken({a, b: second}, {isBroken: true}).join()).to.include('told late');
  });

  it('finds fences that are equal, and fences that fall', () => {
    const equal = holding('b:1', {from: 210, until: 300, fence: 1});
    const falling = holding('b:1', {from: 210, until: 300, fence: 0.5});

    expect(broken({a: first, b: equal}).join()).to.include('fences out of order');
    expect(broken({a: first, b: falling}).join()).to.include('fences out of order');
  });

  it('asks for the order of fences also where two may hold, unless it is a matter of moments', () => {
    const soon = holding('b:1', {from: 300, until: 400, fence: 1});
    const later = holding('b:1', {from: 600, until: 700, fence: 1});

    expect(broken({a: first, b: soon}, {isBroken: true})).to.deep.equal([]);
    expect(broken({a: first, b: later}, {isBroken: true})).to.have.lengthOf(1);
    expect(broken({a: first, b: later}, {isBroken: true, forgets: true})).to.deep.equal([]);
  });

  it('finds writes of a holder that were taken after those of a later one', () => {
    const unguarded = ['a:1', 'b:1', 'a:1', 'a:1', 'b:1'];
    const findings = judge({a: first, b: second, unguarded, guarded: ['a:1', 'b:1', 'b:1']});

    expect(findings.staleWrites).to.equal(2);
    expect(findings.staleGuardedWrites).to.equal(0);
    expect(findings.refusedWrites).to.equal(2);
    expect(broken({a: first, b: second, guarded: unguarded}).join()).to.include('stale');
  });

  it('finds locks that were over when they were handed out', () => {
    const a = holding('a:1', {from: 100, until: 101, isDead: true});

    expect(judge({a}).deadLocks).to.equal(1);
    expect(broken({a}).join()).to.include('dead');
  });

  it('finds what never came to an end, unless its process was killed', () => {
    const waiting = [at(0, {type: 'ask', section: 'a:1', resource: 'one', isLast: false})];
    const releasing = holding('a:1', {from: 100, until: 200}).slice(0, -1);

    expect(judge({a: waiting}).stuck).to.deep.equal(['a:1']);
    expect(judge({a: releasing}).stuck).to.deep.equal(['a:1']);
    expect(judge({a: waiting, killed: ['a']}).stuck).to.deep.equal([]);
    expect(broken({a: waiting}).join()).to.include('never came to an end');
  });

  it('finds who did not get the lock after the faults, and counts those who did not before', () => {
    expect(broken({a: missed(true)}).join()).to.include('after the faults');
    expect(broken({a: missed(false)})).to.deep.equal([]);
    expect([...judge({a: missed(false)}).misses]).to.deep.equal([['LockTimeoutError', 1]]);
  });

  it('finds what nobody caught', () => {
    const a = [...first, at(500, {type: 'trouble', text: 'nobody caught this'})];

    expect(broken({a}).join()).to.include('nobody caught this');
  });

  it('finds crashed processes and leaked keys', () => {
    const outcome = {...judge({a: first}), crashes: ['a ended with 1'], keysLeft: 2, keysLeaked: 2};

    expect(
      violations(outcome, {ttlMs: 1000, isBroken: false, forgetsCounters: false}),
    ).to.deep.equal(['2 keys leaked', 'a ended with 1']);
  });
});
