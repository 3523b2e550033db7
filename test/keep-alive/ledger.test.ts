import {Ledger} from '#internal/keep-alive/worker/ledger.js';
import {momentIn, msUntil} from '#internal/keep-alive/worker/moment.js';
import {SharedLease} from '#internal/keep-alive/worker/shared-lease.js';
import {Clock} from '#internal/lease/clock.js';
import {Lease} from '#internal/lease/lease.js';
import {LeaseNames} from '#internal/redis/scripts.js';
import {expect} from 'chai';

const call = {
  names: new LeaseNames(['x'], ''),
  token: 'token',
  lockDelayMs: 0,
  fenceTtlMs: 1000,
  nodeTimeoutMs: 50,
  isFreed: false,
};

/** A lease on three nodes as two threads have it, here in one. */
function twoSides(): {
  readonly clock: Clock;
  readonly main: {readonly lease: Lease; readonly shared: SharedLease};
  readonly worker: {readonly lease: Lease; readonly shared: SharedLease};
  readonly ledgers: readonly [Ledger, Ledger];
} {
  const clock = new Clock();
  const here = new Ledger(3, 'main');
  const there = new Ledger(3, 'worker', here.memory);
  const sideOf = (ledger: Ledger): {lease: Lease; shared: SharedLease} => {
    const lease = new Lease(call, [1], 0, 3, 2);
    return {lease, shared: new SharedLease(lease, ledger, clock)};
  };
  return {clock, main: sideOf(here), worker: sideOf(there), ledgers: [here, there]};
}

describe('what two threads tell each other of a lease', () => {
  it('is until when each node has confirmed it, in both directions', () => {
    const {clock, main, worker} = twoSides();
    const now = clock.now();
    main.lease.confirmUntil(0, now + 5000);
    main.lease.confirmUntil(2, now + 4000);

    main.shared.publish();
    const heard = worker.shared.hear();
    worker.lease.confirmUntil(0, now + 9000);
    worker.lease.confirmUntil(1, now + 8000);
    worker.shared.publish();
    const heardBack = main.shared.hear();

    expect([heard, heardBack]).to.deep.equal([true, true]);
    expect(main.lease.deadline).to.be.closeTo(now + 8000, 5);
    expect(main.lease.usableUntil[2]).to.be.closeTo(now + 4000, 5);
  });

  it('is heard once', () => {
    const {main, worker} = twoSides();
    main.shared.publish();

    const heard = [worker.shared.hear(), worker.shared.hear(), main.shared.hear()];

    expect(heard).to.deep.equal([true, false, false]);
  });

  it('is also that a node does not hold it any more', () => {
    const {clock, main, worker} = twoSides();
    for (const node of [0, 1]) main.lease.confirmUntil(node, clock.now() + 5000);
    main.shared.publish();
    worker.shared.hear();

    worker.lease.forget(0);
    worker.shared.publish();
    main.shared.hear();

    expect(main.lease.deadline).to.equal(-Infinity);
  });

  it('is that its owner has ended it, at once', () => {
    const {
      ledgers: [here, there],
    } = twoSides();
    const before = there.isOver;

    here.end();

    expect([before, there.isOver]).to.deep.equal([false, true]);
  });

  it('ends by the clock that has gone further', () => {
    const soon = {...momentIn(1000), wallMs: Date.now() + 200};
    const sooner = {...momentIn(1000), monotonicMs: momentIn(-5).monotonicMs};

    expect(msUntil(momentIn(1000))).to.be.within(900, 1000);
    expect(msUntil(soon)).to.be.within(100, 200);
    expect(msUntil(sooner)).to.be.below(0);
  });
});
