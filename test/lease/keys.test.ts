import {fenceKey, hashTagOf, isPlaceable, releaseChannel} from '#internal/redis/hash-tag.js';
import {expect} from 'chai';

import {seededRandom} from '../shuffle.js';
import {slotOf} from '../slot-of.js';

const oddNames = [
  'invoice:42',
  'a b',
  'a\nb',
  '\0',
  'ключ',
  '🔒',
  '{acct}',
  '{acct}:1',
  'x{acct}y',
  '{a}{b}',
  '{a}}',
  '{{a}',
  '{{a}}',
  'a{b',
  'a{{b',
  '{',
  '{{',
  'a{',
  '{a',
  ':fence',
  '{a}:fence',
  '}',
  'a}',
  'a}b',
  '{}',
  '{}a',
  '{}{a}',
  'a{}b',
  '}{',
  '}{a}',
  'x}{a}',
  ' ',
  '%s',
  '*',
  '[a]',
  "'",
  '"',
  '\\',
];

function* randomNames(count: number): Generator<string> {
  const random = seededRandom(4);
  const letters = ['{', '}', 'a', 'b', ':', '\n'];
  for (let made = 0; made < count; made += 1) {
    const length = 1 + Math.floor(random() * 8);
    yield Array.from({length}, () => letters[Math.floor(random() * letters.length)] ?? 'a').join(
      '',
    );
  }
}

const names = [...oddNames, ...randomNames(5000)];
const keys = ['', 'lock:', '{app}:', 'a{'].flatMap((prefix) => names.map((name) => prefix + name));

describe('the keys of a lease', () => {
  it('put the fence counter in the hash slot of the lock, for every name that is allowed', () => {
    for (const key of keys.filter((each) => isPlaceable(each))) {
      expect(slotOf(fenceKey(key)), JSON.stringify(key)).to.equal(slotOf(key));
    }
  });

  it('are refused only where a tag around the whole key would end early, or another lock has its counter', () => {
    for (const key of keys.filter((each) => !isPlaceable(each))) {
      if (hashTagOf(key) !== key && key.endsWith(':fence')) continue;
      expect(hashTagOf(key)).to.equal(key);
      expect(`{${key}}`.indexOf('}'), JSON.stringify(key)).to.be.at.most(key.length);
    }
  });

  it('are never the counter of another lock', () => {
    const allowed = keys.filter((each) => isPlaceable(each));
    const locks = new Set(allowed);

    for (const key of allowed)
      expect(locks.has(fenceKey(key)), JSON.stringify(key)).to.equal(false);
  });

  it('have as their tag exactly what a Cluster places them by', () => {
    for (const key of keys) {
      const tag = hashTagOf(key);

      // In braces it is a tag by itself, as long as nothing in it ends that tag early.
      if (!tag.includes('}')) {
        expect(slotOf(`{${tag}}`), JSON.stringify(key)).to.equal(slotOf(key));
      }
    }
  });

  it('never make a fence counter of the lock itself', () => {
    for (const key of keys) expect(fenceKey(key)).to.not.equal(key);
  });

  it('have a channel in their hash slot, all in one line', () => {
    for (const key of keys.filter((each) => isPlaceable(each))) {
      expect(releaseChannel(key)).to.not.include('\n');
      if (!key.includes('\n')) expect(slotOf(releaseChannel(key))).to.equal(slotOf(key));
    }
  });

  it('read well', () => {
    expect(fenceKey('lock:invoice:42')).to.equal('{lock:invoice:42}:fence');
    expect(fenceKey('lock:{acct:9}:x')).to.equal('lock:{acct:9}:x:fence');
  });
});
