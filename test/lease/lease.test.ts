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

/** Whether too few are left, after each of these nodes was made to free it. */
function freed(nodes: number, quorum: number, by: readonly number[]): boolean[] {
  const lease = new Lease(call, [1], 0, nodes, quorum);
  return by.map((node) => lease.isFreedBy(node));
}

describe('a lease', () => {
  it('is relied upon by nobody before a quorum has confirmed it', () => {
    const lease = new Lease(call, [1], 0, 3, 2);
    const deadlines = [lease.deadline];

    lease.confirmUntil(0, 500);
    deadlines.push(lease.deadline);
    lease.confirmUntil(2, 400);
    deadlines.push(lease.deadline);

    expect(deadlines).to.deep.equal([-Infinity, -Infinity, 400]);
    expect(lease.usableUntil).to.deep.equal([500, -Infinity, 400]);
  });

  it('is not shortened by an answer that comes out of order', () => {
    const lease = new Lease(call, [1], 0, 1, 1);
    lease.confirmUntil(0, 500);

    lease.confirmUntil(0, 300);

    expect(lease.deadline).to.equal(500);
  });

  it('starts from nothing on as many nodes as there are, whatever others have had', () => {
    const [one, three] = [new Lease(call, [1], 0, 1, 1), new Lease(call, [1], 0, 3, 2)];
    one.confirmUntil(0, 500);

    const next = new Lease(call, [1], 0, 1, 1);

    expect(next.usableUntil).to.deep.equal([-Infinity]);
    expect(three.usableUntil).to.deep.equal([-Infinity, -Infinity, -Infinity]);
  });

  it('is freed when so many nodes were made to free it that no quorum is left, each counted once', () => {
    expect(freed(1, 1, [0])).to.deep.equal([true]);
    expect(freed(3, 2, [1, 1, 2])).to.deep.equal([false, false, true]);
    expect(freed(5, 3, [4, 0, 4, 1])).to.deep.equal([false, false, false, true]);
  });
});
