import {Node} from '#internal/redis/node.js';
import {expect} from 'chai';
import {NodeError, type RedisClient} from 'holdfast';
import {mock} from 'node:test';

import {Deferred} from '../deferred.js';
import {flush} from '../flush.js';
import {PendingTimers} from '../pending-timers.js';
import {rejectionOf} from '../rejection.js';
import {until} from '../until.js';
import {VirtualTime} from '../virtual-time.js';
import {plainAsk} from './plain-ask.js';

const nodeWith = (send: RedisClient['send'], time?: VirtualTime): Node =>
  new Node(2, {send}, time?.now);
const run = (node: Node, timeoutMs = 1000): Promise<unknown> =>
  node.run(plainAsk('acquire', 'key', ['1000', '1000', 'token'], timeoutMs));

async function errorOf(send: RedisClient['send']): Promise<NodeError> {
  const error = await rejectionOf(run(nodeWith(send)));
  if (error instanceof NodeError) return error;
  throw new Error('Expected a NodeError', {cause: error});
}

describe('a node', () => {
  afterEach(() => {
    mock.timers.reset();
  });

  it('gives what the server answers, and leaves no timer', async () => {
    using timers = new PendingTimers();

    const reply = await run(nodeWith(() => Promise.resolve([1, '7'])));

    expect(reply).to.deep.equal([1, '7']);
    expect(timers.count).to.equal(0);
  });

  it('stops waiting at the deadline, not before', async () => {
    const time = new VirtualTime();
    const ends: unknown[] = [];
    const node = nodeWith(() => new Deferred<unknown>().promise, time);
    void rejectionOf(run(node, 500)).then((error) => ends.push(error));
    await flush();

    await time.pass(499);
    const early = ends.length;
    await time.pass(1);

    expect(early).to.equal(0);
    expect(ends[0]).to.be.an.instanceOf(NodeError);
    expect(String(ends[0])).to.include('no answer within 500 ms');
  });

  it('goes on waiting for a node that answers others, and stops once it has been silent', async () => {
    const node = nodeWith((_, [, , key]) =>
      key === 'stuck' ? new Deferred<unknown>().promise : Promise.resolve([1, '7']),
    );
    let isOver = false;
    const stuck = rejectionOf(node.run(plainAsk('release', 'stuck', ['9', 't'], 400)));
    void stuck.finally(() => (isOver = true));
    await flush();
    const start = performance.now();

    await until(async () => {
      await run(node);
      return performance.now() - start > 800;
    });
    const early = isOver;
    const error = await stuck;

    expect(early).to.equal(false);
    expect(error).to.be.an.instanceOf(NodeError);
  });

  it('bears an answer, good or bad, that comes after the deadline', async () => {
    const time = new VirtualTime();
    const answers = [new Deferred<unknown>(), new Deferred<unknown>()];
    const errors = answers.map(({promise}) =>
      rejectionOf(
        run(
          nodeWith(() => promise, time),
          10,
        ),
      ),
    );
    await flush();

    await time.pass(10);
    answers[0]?.resolve([1]);
    answers[1]?.reject(new Error('down'));
    await flush();

    for (const error of await Promise.all(errors)) expect(String(error)).to.include('no answer');
  });

  it('sends nothing more for a script that it has given up on', async () => {
    const time = new VirtualTime();
    const answer = new Deferred<unknown>();
    const sent: string[] = [];
    const node = nodeWith((command) => {
      sent.push(command);
      return answer.promise;
    }, time);
    const result = rejectionOf(run(node, 10));
    await flush();

    await time.pass(10);
    await result;
    answer.reject(new Error('NOSCRIPT No matching script'));
    await flush();

    expect(sent).to.deep.equal(['EVALSHA']);
  });

  it('wraps all that a client can throw, with the place of the node and the cause', async () => {
    const abortError = new Error('The command was aborted');
    abortError.name = 'AbortError';
    const causes: unknown[] = [
      new Error('down'),
      new TypeError('x is not a function'),
      abortError,
      'a text',
      undefined,
      {code: 'E'},
    ];
    for (const cause of causes) {
      const error = await errorOf(() => Promise.reject(cause));

      expect(error.node).to.equal(2);
      expect(error.cause).to.equal(cause);
      expect(error.code).to.equal('ERR_NODE');
      expect(error.name).to.equal('NodeError');
    }
  });

  it('wraps what a client throws at once', async () => {
    const cause = new Error('not connected');

    const error = await errorOf(() => {
      throw cause;
    });

    expect(error.cause).to.equal(cause);
    expect(error.message).to.equal('node 2: not connected');
  });

  it('wraps what a client throws at once when it is asked who it is', async () => {
    using timers = new PendingTimers();
    const node = nodeWith(() => {
      throw new Error('not connected');
    });

    const error = await rejectionOf(node.runId(1000));

    expect(error).to.be.an.instanceOf(NodeError);
    expect(timers.count).to.equal(0);
  });

  it('tells the code of a server error, and of no other', async () => {
    const codes = new Map([
      ['READONLY You cannot write against a read only replica.', 'READONLY'],
      ['WRONGTYPE Operation against a key holding the wrong kind of value', 'WRONGTYPE'],
      ["OOM command not allowed when used memory > 'maxmemory'.", 'OOM'],
      ['ERR unknown command', 'ERR'],
      ['NOSCRIPT No matching script.', 'NOSCRIPT'],
      ['Connection is closed.', undefined],
      ['connect ECONNREFUSED 127.0.0.1:1', undefined],
      ['Reached the max retries per request limit', undefined],
      ['', undefined],
    ]);
    for (const [message, code] of codes) {
      const {replyCode} = await errorOf(() => Promise.reject(new Error(message)));

      expect(replyCode, message).to.equal(code);
    }
  });

  it('has no code where no server answered in time', async () => {
    const error = await rejectionOf(
      run(
        nodeWith(() => new Deferred<unknown>().promise),
        1,
      ),
    );

    expect(error).to.be.an.instanceOf(NodeError);
    expect(error).to.have.property('replyCode', undefined);
  });

  it('reads the run_id of its server', async () => {
    const info = '# Server\r\nredis_version:7.0.15\r\nrun_id:abc123\r\ntcp_port:6379\r\n';
    const silent = nodeWith(() => Promise.resolve('# Server\r\n'));

    expect(await nodeWith(() => Promise.resolve(info)).runId(1000)).to.equal('abc123');
    expect(await silent.runId(1000)).to.equal(undefined);
  });
});
