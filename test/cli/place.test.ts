import {expect} from 'chai';

import {placeOf, urlsOf} from '#internal/cli/redis/place.js';

describe('the url of a Redis', () => {
  it('names a server, and its password stays out of what people see', () => {
    const {address, kind} = placeOf('rediss://user:secret@host/3');

    expect([kind, address]).to.deep.equal(['server', 'rediss://host:6379/3']);
  });

  it('names a socket by its path', () => {
    expect(placeOf('unix:///run/redis.sock')).to.include({kind: 'server', url: '/run/redis.sock'});
  });

  it('names sentinels, the service that they watch, and its password', () => {
    const place = placeOf('redis+sentinel://me:p%40ss@one,two:5000/main/2');

    expect(place).to.deep.equal({
      kind: 'sentinel',
      address: 'redis+sentinel://one,two:5000/main',
      options: {
        sentinels: [
          {host: 'one', port: 26_379},
          {host: 'two', port: 5000},
        ],
        name: 'main',
        username: 'me',
        password: 'p@ss',
        db: 2,
      },
    });
  });

  it('is refused without its password when it is none', () => {
    for (const url of ['host:6379', 'http://u:secret@host', 'redis+sentinel://u:secret@host', '']) {
      expect(() => placeOf(url), url)
        .to.throw('Expected the url of a')
        .with.property('message')
        .that.does.not.contain('secret');
    }
  });

  it('comes from the command line, else from the environment, else from habit', () => {
    const env = {
      REDIS_URLS: 'redis://a, redis+sentinel://b,c/main,redis://d',
      REDIS_URL: 'redis://e',
    };

    expect(urlsOf(['redis://x'], env)).to.deep.equal(['redis://x']);
    expect(urlsOf([], env)).to.deep.equal(['redis://a', 'redis+sentinel://b,c/main', 'redis://d']);
    expect(urlsOf([], {REDIS_URL: 'redis://e'})).to.deep.equal(['redis://e']);
    expect(urlsOf([], {})).to.deep.equal(['redis://127.0.0.1:6379']);
  });
});
