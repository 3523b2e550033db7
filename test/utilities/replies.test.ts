import {expect} from 'chai';
import * as utilities from 'holdfast/utilities';

/** A client that answers every command with this. */
const answering = (reply: unknown): utilities.ScriptClient => ({send: async () => reply});

/** Clients give an integer as one of these, as they are set up. */
const integers: Record<string, (value: number) => unknown> = {
  numbers: (value) => value,
  bigints: (value) => BigInt(value),
  text: (value) => String(value),
};

describe('replies with integers', () => {
  for (const [kind, as] of Object.entries(integers)) {
    it(`may have them as ${kind}`, async () => {
      const [yes, no] = [answering(as(1)), answering(as(0))];
      const five = answering(as(5));
      const lock = answering([as(0), as(700)]);
      const limit = answering([as(1), as(2), as(3), as(4)]);

      expect(await utilities.extendLock(yes, 'r', 't', 1)).to.equal(true);
      expect(await utilities.extendLock(no, 'r', 't', 1)).to.equal(false);
      expect(await utilities.incrementWithLimit(five, 'k', 1, 9)).to.equal(5);
      expect(await utilities.circularBufferAdd(five, 'k', 'v', 9)).to.equal(5);
      expect(await utilities.acquireLockWithInfo(lock, 'r', 't', 1)).to.deep.equal({
        acquired: false,
        retryAfterMs: 700,
      });
      expect(await utilities.counterWithReset(answering([as(2), as(1)]), 'k', 9)).to.deep.equal({
        value: 2,
        reset: true,
      });
      const bucket = {capacity: 9, refillPerSecond: 1};
      expect(await utilities.tokenBucketRateLimit(limit, 'k', bucket)).to.deep.equal({
        allowed: true,
        limit: 9,
        remaining: 2,
        retryAfterMs: 3,
        resetAfterMs: 4,
      });
    });
  }

  it('never let a caller wait 0 for a lock in its last millisecond', async () => {
    const result = await utilities.acquireLockWithInfo(answering([0, 0]), 'r', 't', 1);

    expect(result).to.deep.equal({acquired: false, retryAfterMs: 1});
  });

  it('are not taken for text', async () => {
    const outcome = await utilities
      .getOrSet(answering(5), 'k', 'v')
      .catch((error: unknown) => error);

    expect(outcome).to.be.an.instanceOf(TypeError);
  });
});
