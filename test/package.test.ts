import {expect} from 'chai';
import {readFile} from 'node:fs/promises';

describe('the package', () => {
  it('asks for ioredis as a peer, and one to test with, and for nothing but three small libraries besides', async () => {
    const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
    const {dependencies, peerDependencies} = JSON.parse(text) as Record<string, object>;

    expect(dependencies).to.have.all.keys('abort-controller-x', 'p-retry', 'tinyqueue');
    expect(peerDependencies).to.have.all.keys('ioredis', 'luaparse');
  });
});
