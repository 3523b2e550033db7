import {KeptLease, type Workshop} from '#internal/keep-alive/worker/kept-lease.js';
import {Ledger} from '#internal/keep-alive/worker/ledger.js';
import type {KeepMessage} from '#internal/keep-alive/worker/messages.js';
import {momentIn} from '#internal/keep-alive/worker/moment.js';
import {Clock} from '#internal/lease/clock.js';
import {Leases} from '#internal/lease/leases.js';
import {Tokens} from '#internal/lease/token.js';
import {Node} from '#internal/redis/node.js';
import {expect} from 'chai';
import {QuorumError} from 'holdfast';

import {rejectionOf} from '../rejection.js';
import {callOf} from '../testing/leases.js';

const TTL_MS = 10_000;

/** What is told to the owner's side of a lease that another thread keeps, and what a node was asked. */
class Kept {
  readonly owner: Ledger = new Ledger(1, 'main');
  readonly denied: number[] = [];
  readonly asked: string[][] = [];
  reply: unknown = 1;
  isMainStalled = false;
  readonly lease: KeptLease;

  constructor({maxHoldMs = 60_000, leftMs = 5000} = {}) {
    const clock = new Clock();
    const send = async (_: string, args: string[]): Promise<unknown> => {
      this.asked.push(args);
      if (this.reply instanceof Error) throw this.reply;
      return this.reply;
    };
    const tokens = new Tokens({metadata: false, wall: () => Date.now()});
    const nodes = [new Node(0, {send})];
    const workshop: Workshop = {
      clock,
      leases: new Leases({nodes, quorum: 1, clock, tokens, nodeTimeoutMs: 200, keyPrefix: ''}),
      nodes: 1,
      quorum: 1,
      isMainStalled: () => this.isMainStalled,
      onDenied: (id) => this.denied.push(id),
    };
    const message: KeepMessage = {
      id: 7,
      call: callOf('token'),
      fences: [3],
      ttlMs: TTL_MS,
      lastsUntil: momentIn(maxHoldMs),
      memory: this.owner.memory,
    };
    this.owner.publish([momentIn(leftMs)]);
    this.lease = new KeptLease(structuredClone(message), workshop);
  }

  /** For how long it still holds. */
  get leftMs(): number {
    return this.lease.deadline - performance.now();
  }
}

describe('a lease that another thread keeps', () => {
  it('lasts for as long as its owner has told', () => {
    const kept = new Kept();

    expect(kept.lease.isHeld).to.equal(true);
    expect(kept.leftMs).to.be.within(4000, 5000);
  });

  it('is extended under its own token, and tells its owner', async () => {
    const kept = new Kept();
    kept.owner.news();

    await kept.lease.beat();

    expect(kept.asked[0]).to.include.members([String(TTL_MS), 'token', '3']);
    expect(kept.leftMs).to.be.above(5000);
    expect(kept.owner.news()).to.have.lengthOf(1);
    expect(kept.denied).to.deep.equal([]);
  });

  it('does not last beyond what its owner has set, whatever is confirmed', async () => {
    const kept = new Kept({maxHoldMs: 2000});

    await kept.lease.beat();

    expect(kept.leftMs).to.be.within(1000, 2000);
  });

  it('is over when its time is, or its owner says so', () => {
    const late = new Kept({leftMs: -1});
    const ended = new Kept();
    ended.owner.end();

    expect(late.lease.isHeld).to.equal(false);
    expect(ended.lease.isHeld).to.equal(false);
  });

  it('is not extended while its owner stands still', async () => {
    const kept = new Kept();
    kept.isMainStalled = true;

    const error = await rejectionOf(kept.lease.beat());

    expect(String(error)).to.include('stands still');
    expect(kept.asked).to.deep.equal([]);
  });

  it('tells its owner when the nodes say that it is not ours', async () => {
    const kept = new Kept();
    const wasHeld = kept.lease.isHeld;
    kept.reply = 0;

    await kept.lease.beat();

    expect(wasHeld).to.equal(true);
    expect(kept.denied).to.deep.equal([7]);
    expect(kept.lease.isHeld).to.equal(false);
  });

  it('fails when nobody knows, is not lost by that, and denied to nobody', async () => {
    const kept = new Kept();
    kept.reply = new Error('down');

    const error = await rejectionOf(kept.lease.beat());

    expect(error).to.be.an.instanceOf(QuorumError);
    expect(kept.denied).to.deep.equal([]);
    expect(kept.lease.isHeld).to.equal(true);
  });
});
