import {expect} from 'chai';
import {scripts} from 'holdfast/utilities';
import {createHash} from 'node:crypto';
import {readdir, readFile} from 'node:fs/promises';
import type {ScriptName} from 'holdfast/utilities';
import {onEachServer} from './servers.js';

const names: ScriptName[] = [
  'acquireLockWithInfo',
  'extendLock',
  'releaseLock',
  'cas',
  'setIfNotExistsWithTTL',
  'getOrSet',
  'incrementWithLimit',
  'counterWithReset',
  'slidingWindowRateLimit',
  'tokenBucketRateLimit',
  'hashIncrWithBounds',
  'hashSetIfGreater',
  'listPopWithMinSize',
  'circularBufferAdd',
];

/** The module is not for users, so it has no name to import it by. */
const generated = (await import(
  new URL('../../../dist/redis/scripts.generated.js', import.meta.url).href
)) as Record<string, {sha1: string; text: string}>;

const folder = new URL('../../../lua/', import.meta.url);

describe('the scripts', () => {
  it('are those of the contract, with one key each', () => {
    expect(Object.keys(scripts)).to.have.members(names);
    for (const script of Object.values(scripts)) {
      expect(script).to.have.all.keys('lua', 'numberOfKeys').and.to.include({numberOfKeys: 1});
    }
  });

  it('are the files of lua/, comments and all', async () => {
    const files = (await readdir(folder)).filter((file) => file.endsWith('.lua'));
    const texts = await Promise.all(files.map((file) => readFile(new URL(file, folder), 'utf8')));

    for (const {lua} of Object.values(scripts)) expect(texts).to.include(lua);
  });

  onEachServer((server) => {
    it('have the SHA-1 by which a server knows them', async () => {
      for (const {sha1, text} of Object.values(generated)) {
        expect(await server.redis.script('LOAD', text)).to.equal(sha1);
        expect(createHash('sha1').update(text).digest('hex')).to.equal(sha1);
      }
    });
  });
});
