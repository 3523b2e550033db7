import {makePeers} from '#internal/cli/redis/clients.js';
import {placeOf} from '#internal/cli/redis/place.js';
import {expect} from 'chai';
import {Cluster} from 'ioredis';

describe('the clients of the command line', () => {
  it('are one for a Cluster, which has the user, the password and the encryption of the first url', () => {
    const places = ['rediss://me:p%40ss@one', 'redis://two:7000'].map((url) => placeOf(url));

    const peers = makePeers(places, {isCluster: true, connectTimeoutMs: 50});

    const [{address, client} = {}] = peers;
    if (!(client instanceof Cluster)) throw new Error('Expected a Cluster');
    expect(peers).to.have.lengthOf(1);
    expect(address).to.equal('rediss://one:6379, redis://two:7000');
    expect(client.options.redisOptions).to.deep.include({
      username: 'me',
      password: 'p@ss',
      tls: {},
      connectTimeout: 50,
    });
    client.disconnect();
  });

  it('are one for each server that stands alone, and connect to nothing yet', () => {
    const places = ['redis://one', 'redis+sentinel://two/main'].map((url) => placeOf(url));

    const peers = makePeers(places, {isCluster: false, connectTimeoutMs: 50});

    expect(peers.map(({client}) => client.status)).to.deep.equal(['wait', 'wait']);
  });
});
