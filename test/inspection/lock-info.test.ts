import {lockInfo, type Answers} from '#internal/inspection/lock-info.js';
import {Tokens} from '#internal/lease/token.js';
import type {Sighting} from '#internal/redis/scripts.js';
import {expect} from 'chai';
import {NodeError, QuorumError} from 'holdfast';

const tokens = new Tokens({metadata: false, wall: () => 0});
const [a, b, c] = [tokens.next(), tokens.next(), tokens.next()];

const free: Sighting = {
  token: undefined,
  remainingMs: 0,
  fence: undefined,
  value: undefined,
  listening: undefined,
};

const held = (token: string, more: Partial<Sighting> = {}): Sighting => ({
  ...free,
  token,
  remainingMs: 1000,
  ...more,
});

const silent = (node: number): NodeError => new NodeError(node, new Error('no answer'));

const majority = (answers: Answers): number => Math.floor(answers.length / 2) + 1;

/** What is made of it: the holder, `free`, or `unknown`. */
function verdict(answers: Answers, quorum = majority(answers)): string | undefined {
  try {
    const {isHeld, token} = lockInfo('x', answers, quorum);
    return isHeld ? token : 'free';
  } catch (error) {
    expect(error).to.be.an.instanceOf(QuorumError);
    return 'unknown';
  }
}

describe('what the nodes say of a lock', () => {
  it('is that it is held when a quorum has the same holder, whatever the others say', () => {
    expect(verdict([held(a)])).to.equal(a);
    expect(verdict([held(a), held(a), free])).to.equal(a);
    expect(verdict([held(b), held(a), held(a)])).to.equal(a);
    expect(verdict([silent(0), held(a), held(a)])).to.equal(a);
    expect(verdict([silent(0), held(a), held(a), held(a), silent(4)])).to.equal(a);
    expect(verdict([held(a), held(a), held(a), free], 3)).to.equal(a);
  });

  it('is that it is free when no holder can have a quorum', () => {
    expect(verdict([free])).to.equal('free');
    expect(verdict([free, free, held(a)])).to.equal('free');
    expect(verdict([held(a), held(b), held(c)])).to.equal('free');
    expect(verdict([held(a), held(a), held(b), held(b), free])).to.equal('free');
    expect(verdict([free, free, silent(2)])).to.equal('free');
    expect(verdict([held(a), held(a), free], 3)).to.equal('free');
  });

  it('is unknown, and never free, when nodes that are silent could make it held', () => {
    expect(verdict([silent(0)])).to.equal('unknown');
    expect(verdict([held(a), free, silent(2)])).to.equal('unknown');
    expect(verdict([held(a), held(b), silent(2)])).to.equal('unknown');
    expect(verdict([held(a), silent(1), silent(2)])).to.equal('unknown');
    expect(verdict([free, free, silent(2), silent(3), silent(4)])).to.equal('unknown');
    expect(verdict([held(a), held(a), free, free, silent(4)])).to.equal('unknown');
    expect(verdict([free, free, silent(2)], 3)).to.equal('unknown');
  });

  it('blames the nodes that are silent for what is unknown', () => {
    const errors = [silent(1), silent(2)];

    try {
      lockInfo('x', [held(a), ...errors], 2);
      expect.fail('it is known');
    } catch (error) {
      expect(error).to.have.property('nodeErrors').that.deep.equals(errors);
      expect(error).to.have.property('resources').that.deep.equals(['x']);
    }
  });

  it('lasts as long as a quorum of the nodes that have the holder', () => {
    const remaining = (...times: number[]): number =>
      lockInfo(
        'x',
        times.map((remainingMs) => held(a, {remainingMs})),
        2,
      ).remainingMs;

    expect(remaining(10, 30, 20)).to.equal(20);
    expect(remaining(30, Infinity, 20)).to.equal(30);
    expect(remaining(Infinity, Infinity, 20)).to.equal(Infinity);
    expect(lockInfo('x', [held(a, {remainingMs: 5}), held(a), held(b)], 2).remainingMs).to.equal(5);
    expect(lockInfo('x', [free, free, held(a)], 2).remainingMs).to.equal(0);
  });

  it('has the fence that a quorum stands at, and none for those who are not counted', () => {
    const fence = (quorum: number, ...fences: number[]): number | undefined =>
      lockInfo(
        'x',
        fences.map((each) => held(a, {fence: each})),
        quorum,
      ).fence;

    expect(fence(2, 7, 9, 7)).to.equal(7);
    expect(fence(2, 7, 3, 7)).to.equal(7);
    expect(fence(3, 9, 7, 7, 7)).to.equal(7);
    expect(fence(3, 2, 7, 7, 3, 7)).to.equal(7);
    expect(lockInfo('x', [held('foreign', {fence: 7})], 1)).to.not.have.property('fence');
    expect(lockInfo('x', [free, free, held(a, {fence: 7})], 2)).to.not.have.property('fence');
  });

  it('has the value that most of the nodes with the holder have', () => {
    const [old, fresh] = [held(a, {value: 'old'}), held(a, {value: 'new'})];

    expect(lockInfo('x', [old, fresh, fresh], 2).value).to.equal('new');
    expect(lockInfo('x', [held(a), fresh, fresh], 2).value).to.equal('new');
    expect(lockInfo('x', [held(a), held(a)], 2)).to.not.have.property('value');
    expect(lockInfo('x', [free, free, fresh], 2)).to.not.have.property('value');
  });

  it('has the most listeners of any node, and none where no node tells', () => {
    const [one, two] = [held(a, {listening: 1}), {...free, listening: 2}];

    expect(lockInfo('x', [one, two, one], 2).waiters).to.equal(2);
    expect(lockInfo('x', [one, silent(1), one], 2).waiters).to.equal(1);
    expect(lockInfo('x', [free, free, free], 2)).to.not.have.property('waiters');
  });

  it('comes with what each of them says', () => {
    const error = silent(1);

    const {nodes} = lockInfo('x', [held(a, {fence: 7, value: 'v'}), error, held(a)], 2);

    expect(nodes).to.deep.equal([
      {node: 0, token: a, fence: 7, value: 'v', remainingMs: 1000},
      {node: 1, remainingMs: 0, error},
      {node: 2, token: a, remainingMs: 1000},
    ]);
  });
});
