import {blueprintOf} from '#internal/redis/clients/blueprint.js';
import {expect} from 'chai';
import {Cluster, Redis} from 'ioredis';

const lazy = {lazyConnect: true};

describe('the blueprint of a client', () => {
  it('is data that says where to connect and as whom', () => {
    const client = new Redis({
      ...lazy,
      host: 'somewhere',
      port: 7000,
      username: 'user',
      password: 'secret',
      db: 3,
      tls: {ca: Buffer.from('certificate'), servername: 'name'},
    });

    const blueprint = structuredClone(blueprintOf(client, 0));

    expect(blueprint.kind).to.equal('redis');
    expect(blueprint.options).to.deep.include({
      host: 'somewhere',
      port: 7000,
      username: 'user',
      password: 'secret',
      db: 3,
    });
    expect(blueprint.options).to.have.nested.property('tls.servername', 'name');
  });

  it('leaves out the functions that say when to connect again', () => {
    const client = new Redis({...lazy, retryStrategy: () => 7, reconnectOnError: () => true});

    const {options} = structuredClone(blueprintOf(client, 0));

    expect(options).to.not.have.any.keys('retryStrategy', 'reconnectOnError');
  });

  it('has the addresses of a Cluster, and the options of its connections', () => {
    const addresses = [{host: 'one', port: 7001}, 7002, 'redis://three:7003'];
    const client = new Cluster(addresses, {...lazy, redisOptions: {password: 'secret'}});

    const blueprint = structuredClone(blueprintOf(client, 0));

    expect(blueprint).to.deep.include({kind: 'cluster', startupNodes: addresses});
    expect(blueprint.options).to.have.nested.property('redisOptions.password', 'secret');
  });

  it('has the masters behind Sentinel', () => {
    const sentinels = [{host: 'sentinel', port: 26_379}];
    const client = new Redis({...lazy, sentinels, name: 'main'});

    const {options} = structuredClone(blueprintOf(client, 0));

    expect(options).to.deep.include({sentinels, name: 'main'});
  });

  it('cannot be made of what decides where to connect by code, wherever that stands', () => {
    const clients = {
      natMap: new Cluster([], {...lazy, natMap: () => null}),
      'redisOptions.tls.checkServerIdentity': new Cluster([], {
        ...lazy,
        redisOptions: {tls: {checkServerIdentity: () => undefined}},
      }),
      'tls.secureContext': new Redis({
        ...lazy,
        tls: {secureContext: new Date()},
      } as object),
    };

    for (const [option, client] of Object.entries(clients)) {
      expect(() => blueprintOf(client, 4), option)
        .to.throw(TypeError)
        .with.property('message')
        .that.includes(`\`${option}\``)
        .and.includes('node 4')
        .and.does.not.include('secret');
    }
  });
});
