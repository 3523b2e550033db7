import {runScript} from '#internal/redis/run-script.js';
import {expect} from 'chai';
import type {RedisClient} from 'holdfast';

import {rejectionOf} from '../rejection.js';

const script = {sha1: 'the sha', text: 'the text'};

/** A client that answers each command in turn, with an error or with a value. */
class Client implements RedisClient {
  readonly sent: string[][] = [];
  readonly #answers: unknown[];

  constructor(...answers: unknown[]) {
    this.#answers = answers;
  }

  async send(command: string, args: string[]): Promise<unknown> {
    this.sent.push([command, ...args]);
    const answer = this.#answers[this.sent.length - 1];
    if (answer instanceof Error) throw answer;
    return answer;
  }
}

const run = (client: RedisClient): Promise<unknown> =>
  runScript(client, script, ['k1', 'k2'], ['a']);

describe('a script', () => {
  it('is run by its hash', async () => {
    const client = new Client([1, '2']);

    const reply = await run(client);

    expect(reply).to.deep.equal([1, '2']);
    expect(client.sent).to.deep.equal([['EVALSHA', 'the sha', '2', 'k1', 'k2', 'a']]);
  });

  it('is sent whole, once, to a server that does not know it', async () => {
    const client = new Client(new Error('NOSCRIPT No matching script. Please use EVAL.'), 'done');

    const reply = await run(client);

    expect(reply).to.equal('done');
    expect(client.sent).to.deep.equal([
      ['EVALSHA', 'the sha', '2', 'k1', 'k2', 'a'],
      ['EVAL', 'the text', '2', 'k1', 'k2', 'a'],
    ]);
  });

  it('is not sent a third time, whatever the server says', async () => {
    const second = new Error('NOSCRIPT again');
    const client = new Client(new Error('NOSCRIPT No matching script'), second);

    expect(await rejectionOf(run(client))).to.equal(second);
    expect(client.sent).to.have.lengthOf(2);
  });

  it('is not run again because its own error speaks of NOSCRIPT further on', async () => {
    const error = new Error('ERR user_script:1: NOSCRIPT is what a script may say as well');
    const client = new Client(error, 'ran twice');

    expect(await rejectionOf(run(client))).to.equal(error);
    expect(client.sent).to.have.lengthOf(1);
  });

  it('lets every other error through as it is', async () => {
    for (const error of [
      new Error('READONLY You cannot write against a read only replica.'),
      new Error('Connection is closed.'),
      new TypeError('x is not a function'),
    ]) {
      const client = new Client(error);

      expect(await rejectionOf(run(client))).to.equal(error);
      expect(client.sent).to.have.lengthOf(1);
    }
  });
});
