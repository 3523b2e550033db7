import {expect} from 'chai';
import {Cluster} from 'ioredis';
import {isGone, tracesOf} from './is-gone.js';
import {ownServersOnly} from './own-servers-only.js';
import {startCluster} from './start-cluster.js';
import type {RedisCluster} from './start-cluster.js';

describe('a cluster for tests', () => {
  let servers: RedisCluster;
  let cluster: Cluster;

  before(ownServersOnly);

  before(async () => {
    servers = await startCluster();
    cluster = new Cluster(servers.nodes.map(({host, port}) => ({host, port})));
  });

  after(async () => {
    cluster?.disconnect();
    await servers?.stop();
  });

  it('keeps keys on every master', async () => {
    const keys = Array.from({length: 30}, (_, index) => `cluster:${index}`);
    await Promise.all(keys.map((key) => cluster.set(key, key)));

    const sizes = await Promise.all(cluster.nodes('master').map((node) => node.dbsize()));
    const values = await Promise.all(keys.map((key) => cluster.get(key)));

    expect(sizes).to.have.length(3);
    expect(Math.min(...sizes)).to.be.above(0);
    expect(values).to.deep.equal(keys);
  });

  it('leaves nothing behind', async () => {
    const traces = await Promise.all(servers.nodes.map(tracesOf));
    cluster.disconnect();

    await servers.stop();

    expect(await Promise.all(traces.map(isGone))).to.deep.equal([true, true, true]);
  });
});
