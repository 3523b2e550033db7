import {expect} from 'chai';
import {mkdtemp, readdir, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {versionOf} from './binary.js';
import {debianBinary, fetchedDebianBinary} from './debian-binary.js';

describe("Redis out of the distribution's package", () => {
  let cache: string;

  before(async () => {
    cache = await mkdtemp(join(tmpdir(), 'holdfast-package-'));
  });

  after(() => rm(cache, {recursive: true}));

  it('runs, once, when two ask for it at the same time', async function () {
    this.timeout(120_000);
    const before = await fetchedDebianBinary(cache);
    const [one, two] = await Promise.all([debianBinary(cache), debianBinary(cache)]);
    // Another kind of system, or no network.
    if (typeof one === 'string') this.skip();

    expect(before).to.equal(undefined);
    expect(two).to.deep.equal(one);
    expect(await versionOf(one)).to.match(/^Redis \d/);
    expect(await readdir(cache)).to.have.length(1);
    expect(await fetchedDebianBinary(cache)).to.deep.equal(one);
  });
});
