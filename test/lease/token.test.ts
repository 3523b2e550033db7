import {readToken, Tokens} from '#internal/lease/token.js';
import {expect} from 'chai';
import {hostname} from 'node:os';

const ID = /^[\w-]{12}\.[\w-]{16}$/;

const tokensAt = (ms: number, metadata = true): Tokens => new Tokens({metadata, wall: () => ms});

describe('a token', () => {
  it('says who holds the lock and since when, behind an id', () => {
    const tokens = tokensAt(1_700_000_000_000);

    const token = tokens.next('nightly');

    const [id = '', ...rest] = token.split(' ');
    expect(id).to.match(ID);
    expect(JSON.parse(rest.join(' '))).to.deep.equal({
      host: hostname(),
      pid: process.pid,
      label: 'nightly',
      acquiredAt: 1_700_000_000_000,
    });
    expect(readToken(token)).to.deep.equal({
      lockerId: tokens.lockerId,
      holder: {
        host: hostname(),
        pid: process.pid,
        label: 'nightly',
        acquiredAt: new Date(1_700_000_000_000),
      },
    });
  });

  it('is new each time, whatever the label, and names the locker that made it', () => {
    const tokens = tokensAt(1);
    const labels = Array.from({length: 300}, (_, index) => [undefined, 'a', 'b'][index % 3]);

    const made = labels.map((label) => tokens.next(label));

    expect(new Set(made).size).to.equal(made.length);
    expect(made.map((token) => readToken(token)?.holder?.label)).to.deep.equal(labels);
    for (const token of made) expect(readToken(token)?.lockerId).to.equal(tokens.lockerId);
    expect(tokensAt(1).lockerId).to.not.equal(tokens.lockerId);
  });

  it('is the id alone when nothing is to be said', () => {
    const token = tokensAt(1, false).next('nightly');

    expect(token).to.match(ID);
    expect(readToken(token)).to.have.property('holder', undefined);
  });

  it('has no more than 400 bytes, with as much of the label as there is room for', () => {
    for (const letter of ['a', 'é', '語', '🔒', '"', '\0', '\uD800', '\n', ' ']) {
      const label = letter.repeat(128 / letter.length);

      const token = tokensAt(9_999_999_999_999).next(label);

      const read = readToken(token)?.holder?.label ?? '';
      expect(Buffer.byteLength(token), JSON.stringify(letter)).to.be.at.most(400);
      expect(read.length).to.be.above(20);
      expect(label.startsWith(read)).to.equal(true);
    }
  });

  it('of somebody else tells nothing, whatever it looks like', () => {
    const id = tokensAt(1, false).next();
    const foreign = ['', 'x', 'b8d0f3e2-0c6c-4a8e-9f6f-1f5f0c1f0a11', `${id}x`, `${id}\n`, ' {}'];

    for (const token of foreign) expect(readToken(token), token).to.equal(undefined);
  });

  it('with metadata that cannot be read still names its locker', () => {
    const tokens = tokensAt(1, false);
    const said = ['{', '5', 'null', '"x"', '[]', '{}', '{"host":5,"pid":"x","acquiredAt":1e300}'];

    for (const text of said) {
      const read = readToken(`${tokens.next()} ${text}`);
      expect(read?.lockerId, text).to.equal(tokens.lockerId);
      expect(read?.holder ?? {}, text).to.deep.equal({});
    }
  });
});
