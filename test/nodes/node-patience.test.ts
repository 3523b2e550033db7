import {NodePatience} from '#internal/redis/node-patience.js';
import {Node} from '#internal/redis/node.js';
import {release} from '#internal/redis/scripts.generated.js';
import {expect} from 'chai';
import {Redis} from 'ioredis';
import {mock} from 'node:test';

import {block} from '../block.js';
import {flush} from '../flush.js';
import {PendingTimers} from '../pending-timers.js';
import {startRedis} from '../redis/start-redis.js';
import {VirtualTime} from '../virtual-time.js';
import {plainAsk} from './plain-ask.js';

describe('the patience with a node', () => {
  let time: VirtualTime;
  let causes: unknown[];
  let patience: NodePatience;
  let answered: () => void;

  const start = (): void => {
    answered = patience.start(100, (cause) => causes.push(cause));
  };

  beforeEach(() => {
    time = new VirtualTime();
    patience = new NodePatience(time.now);
    causes = [];
  });

  afterEach(() => {
    mock.timers.reset();
    mock.restoreAll();
  });

  it('gives up at the end of its time, and says what it has waited for', async () => {
    start();
    await time.pass(99);
    const early = causes.length;
    await time.pass(1);

    expect(early).to.equal(0);
    expect(causes.map(String)).to.deep.equal(['Error: no answer within 100 ms']);
  });

  it('gives no time for what the node answered before the question', async () => {
    patience.heard();
    time.nowMs += 1;

    start();
    await time.pass(100);

    expect(causes).to.have.lengthOf(1);
  });

  it('gives a node that answers others its time anew from each answer', async () => {
    start();
    await time.pass(60);
    patience.heard();

    await time.pass(40);
    await time.pass(59);
    const early = causes.length;
    await time.pass(1);

    expect(early).to.equal(0);
    expect(causes).to.have.lengthOf(1);
  });

  it('gives a node that answers all others five times the time, and no more', async () => {
    start();

    let passedMs = 0;
    while (causes.length === 0 && passedMs < 2000) {
      await time.pass(10);
      passedMs += 10;
      patience.heard();
    }

    expect(passedMs).to.be.within(500, 600);
  });

  it('is over with the answer, and says nothing after that', async () => {
    start();

    answered();
    await time.pass(1000);

    expect(causes).to.deep.equal([]);
  });

  it('gives each its own time, and has one timer for all', async () => {
    using timers = new PendingTimers();
    const ends = [300, 100, 200].map((timeoutMs) =>
      patience.start(timeoutMs, () => causes.push(timeoutMs)),
    );
    const count = timers.count;

    await time.pass(150);
    const first = [...causes];
    ends[2]?.();
    await time.pass(150);

    expect(count).to.equal(1);
    expect(first).to.deep.equal([100]);
    expect(causes).to.deep.equal([100, 300]);
    expect(timers.count).to.equal(0);
  });

  it('gives up once', async () => {
    start();

    await time.pass(100);
    await time.pass(1000);

    expect(causes).to.have.lengthOf(1);
  });

  it('is over with an answer that is read in the turn in which the time is up', async () => {
    start();

    time.nowMs += 100;
    mock.timers.tick(100);
    answered();
    await flush();

    expect(causes).to.deep.equal([]);
  });
});

describe('a node', () => {
  it('counts an answer that lies unread because the event loop stood still', async () => {
    await using server = await startRedis();
    const client = new Redis(server.url);
    await client.script('LOAD', release.text);
    const node = new Node(0, client);

    const answer = node.run(plainAsk('release', 'a', ['1000', '0', 'token', 'channel', '1'], 100));
    // Right after the question has been sent.
    process.nextTick(() => block(400));
    const reply = await answer.catch(String);
    client.disconnect();

    expect(reply).to.deep.equal([0]);
  });
});
