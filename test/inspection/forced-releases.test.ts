import {ForcedReleases} from '#internal/inspection/forced-releases.js';
import {expect} from 'chai';
import {mock} from 'node:test';

/** A node on which the test tells of forced releases. */
class Notary {
  readonly channels: string[] = [];
  stops = 0;
  tell: (message?: string) => void = () => {};

  readonly listen = (channel: string, onMessage: (message?: string) => void) => {
    this.channels.push(channel);
    this.tell = onMessage;
    const stop = (): void => {
      this.stops += 1;
    };
    return {heard: Promise.reject(new Error('not heard')), stop};
  };
}

const refuse = (): never => {
  throw new Error('no connection');
};

describe('forced releases', () => {
  let notary: Notary;
  let told: [number, string][];
  let isHolding: boolean;
  let releases: ForcedReleases;

  beforeEach(() => {
    mock.timers.enable({apis: ['setTimeout']});
    notary = new Notary();
    told = [];
    isHolding = true;
    releases = new ForcedReleases({
      listens: [undefined, refuse, notary.listen],
      channel: 'mine',
      isHolding: () => isHolding,
      onForced: (node, token) => told.push([node, token]),
    });
  });

  afterEach(() => {
    releases.close();
    mock.timers.reset();
  });

  it('are heard on the nodes that can tell, once a lock has been held for a moment', () => {
    releases.begin();
    mock.timers.tick(99);
    const before = notary.channels.length;
    mock.timers.tick(1);
    notary.tell('token');
    notary.tell();

    expect(before).to.equal(0);
    expect(notary.channels).to.deep.equal(['mine']);
    expect(told).to.deep.equal([[2, 'token']]);
  });

  it('are not heard for locks that are held for less', () => {
    releases.begin();
    isHolding = false;
    mock.timers.tick(5000);
    isHolding = true;
    releases.begin();
    isHolding = false;
    mock.timers.tick(5000);

    expect(notary.channels).to.deep.equal([]);
  });

  it('are heard on while locks come and go, and until a second after the last of them', () => {
    releases.begin();
    mock.timers.tick(100);
    for (let second = 0; second < 5; second += 1) {
      isHolding = false;
      releases.begin();
      mock.timers.tick(1000);
    }
    const during = notary.stops;
    mock.timers.tick(1000);

    expect(notary.channels).to.deep.equal(['mine']);
    expect([during, notary.stops]).to.deep.equal([0, 1]);
  });

  it('are heard anew for the next lock', () => {
    releases.begin();
    mock.timers.tick(100);
    isHolding = false;
    mock.timers.tick(2000);
    isHolding = true;
    releases.begin();
    mock.timers.tick(100);

    expect(notary.stops).to.equal(1);
    expect(notary.channels).to.deep.equal(['mine', 'mine']);
  });

  it('are not heard any more once it is closed', () => {
    releases.begin();
    mock.timers.tick(100);

    releases.close();
    mock.timers.tick(5000);

    expect(notary.stops).to.equal(1);
  });
});
