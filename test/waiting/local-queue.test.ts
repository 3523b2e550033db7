import {LocalQueue, type Ticket} from '#internal/waiting/local-queue.js';
import {expect} from 'chai';

import {flush} from '../flush.js';
import {listenersOf} from '../listeners.js';
import {rejectionOf} from '../rejection.js';
import {seededRandom, shuffle} from '../shuffle.js';
import {usedBytes} from '../used-bytes.js';

const never = new AbortController().signal;
let nowMs = 0;

/** Waiters that note down when their turn comes. */
class Waiters {
  readonly queue = new LocalQueue(() => nowMs);
  readonly turns: string[] = [];

  enter(name: string, resources: readonly string[], signal: AbortSignal = never): Ticket {
    const ticket = this.queue.enter(resources);
    void this.#note(name, ticket.turn(signal));
    return ticket;
  }

  async #note(name: string, turn: Promise<void>): Promise<void> {
    const error = await rejectionOf(turn);
    this.turns.push(error === undefined ? name : `${name} gave up`);
  }
}

const msFor = (count: number): number => {
  const queue = new LocalQueue(() => nowMs);
  const tickets = Array.from({length: count}, () => queue.enter(['x']));
  const start = performance.now();
  for (const ticket of tickets) ticket.leave();
  return performance.now() - start;
};

describe('the local queue', () => {
  it('calls whoever comes first at once, and the others one by one in the order in which they came', async () => {
    const waiters = new Waiters();
    const tickets = ['a', 'b', 'c', 'd'].map((name) => waiters.enter(name, ['x']));
    const turns: string[][] = [];

    for (const ticket of tickets) {
      await flush();
      turns.push([...waiters.turns]);
      ticket.leave();
    }

    expect(turns).to.deep.equal([['a'], ['a', 'b'], ['a', 'b', 'c'], ['a', 'b', 'c', 'd']]);
  });

  it('does not make those wait who want different resources', async () => {
    const waiters = new Waiters();

    waiters.enter('a', ['x']);
    waiters.enter('b', ['y']);
    await flush();

    expect(waiters.turns).to.deep.equal(['a', 'b']);
  });

  it('calls whoever wants several resources once it is first in all their lines', async () => {
    const waiters = new Waiters();
    const x = waiters.enter('x', ['x']);
    const y = waiters.enter('y', ['y']);
    waiters.enter('both', ['y', 'x']);

    x.leave();
    await flush();
    const afterOne = [...waiters.turns];
    y.leave();
    await flush();

    expect(afterOne).to.deep.equal(['x', 'y']);
    expect(waiters.turns).to.deep.equal(['x', 'y', 'both']);
  });

  it('lets nobody overtake a waiter for several resources in any of their lines', async () => {
    const waiters = new Waiters();
    waiters.enter('x', ['x']);
    const both = waiters.enter('both', ['x', 'y']);
    waiters.enter('y', ['y']);
    await flush();
    const before = [...waiters.turns];

    both.leave();
    await flush();

    expect(before).to.deep.equal(['x']);
    expect(waiters.turns).to.deep.equal(['x', 'y']);
  });

  it('never comes to a standstill, however the resources overlap and in whatever order they are named', async () => {
    const random = seededRandom(5);
    for (let run = 0; run < 100; run += 1) {
      const waiters = new Waiters();
      const tickets = new Map<string, Ticket>();
      for (let index = 0; index < 20; index += 1) {
        const some = shuffle(['a', 'b', 'c', 'd'], random).slice(0, 1 + Math.floor(random() * 4));
        tickets.set(`${index}`, waiters.enter(`${index}`, some));
      }
      const served = new Set<string>();

      for (let called = 0; called < waiters.turns.length || called === 0; called += 1) {
        await flush();
        const name = waiters.turns[called] ?? '';
        expect(served.has(name)).to.equal(false);
        served.add(name);
        tickets.get(name)?.leave();
        await flush();
      }

      expect(served.size).to.equal(20);
    }
  });

  it('never calls two at a time who want the same resource', async () => {
    const random = seededRandom(6);
    const waiters = new Waiters();
    const wanted = new Map<string, {ticket: Ticket; resources: readonly string[]}>();
    for (let index = 0; index < 100; index += 1) {
      const resources = shuffle(['a', 'b', 'c'], random).slice(0, 1 + Math.floor(random() * 2));
      wanted.set(`${index}`, {ticket: waiters.enter(`${index}`, resources), resources});
    }
    await flush();
    const gone = new Set<string>();

    while (gone.size < 100) {
      const inside = waiters.turns.filter((name) => !gone.has(name));
      const resources = inside.flatMap((name) => wanted.get(name)?.resources ?? []);
      expect(new Set(resources).size).to.equal(resources.length);
      const [first = ''] = inside;
      wanted.get(first)?.ticket.leave();
      gone.add(first);
      await flush();
    }
  });

  it('rejects with the reason of the signal when that aborts in the queue, and keeps the others in order', async () => {
    const waiters = new Waiters();
    const controller = new AbortController();
    const first = waiters.enter('a', ['x']);
    const ticket = waiters.queue.enter(['x']);
    const turn = rejectionOf(ticket.turn(controller.signal));
    waiters.enter('c', ['x']);

    controller.abort('no longer');
    const reason = await turn;
    ticket.leave();
    first.leave();
    await flush();

    expect(reason).to.equal('no longer');
    expect(waiters.turns).to.deep.equal(['a', 'c']);
    expect(listenersOf(controller.signal)).to.equal(0);
  });

  it('rejects at once when the signal has aborted before', async () => {
    const {queue} = new Waiters();

    const reason = await rejectionOf(queue.enter(['x']).turn(AbortSignal.abort('gone')));

    expect(reason).to.equal('gone');
  });

  it('does not stand still when the one who gives up was about to be called', async () => {
    const waiters = new Waiters();
    const controller = new AbortController();
    const first = waiters.enter('a', ['x']);
    const second = waiters.enter('b', ['x'], controller.signal);
    waiters.enter('c', ['x']);

    first.leave();
    controller.abort();
    second.leave();
    await flush();

    expect(waiters.turns).to.include('c');
  });

  it('takes no notice of a second leave', async () => {
    const waiters = new Waiters();
    const a = waiters.enter('a', ['x']);
    waiters.enter('b', ['x']);
    waiters.enter('c', ['x']);

    a.leave();
    a.leave();
    await flush();

    expect(waiters.turns).to.deep.equal(['a', 'b']);
  });

  it('lets somebody in without waiting only where nobody stands in line', () => {
    const {queue} = new Waiters();
    const ticket = queue.enter(['x']);

    const atX = queue.enterIfEmpty(['x', 'y']);
    const atY = queue.enterIfEmpty(['y']);
    ticket.leave();
    const afterwards = queue.enterIfEmpty(['x']);

    expect([atX, atY, afterwards].map((each) => each !== undefined)).to.deep.equal([
      false,
      true,
      true,
    ]);
  });

  it('says that a resource is held from the hold until the leave', () => {
    const {queue} = new Waiters();
    const ticket = queue.enter(['x', 'y']);
    const before = queue.isHeld(['x']);

    ticket.hold();
    const during = [queue.isHeld(['x']), queue.isHeld(['z', 'y']), queue.isHeld(['z'])];
    ticket.leave();

    expect(before).to.equal(false);
    expect(during).to.deep.equal([true, true, false]);
    expect(queue.isHeld(['x'])).to.equal(false);
  });

  it('counts those who have had a resource one after the other, until there is nobody in line', () => {
    const {queue} = new Waiters();
    const tickets = [0, 1, 2, 3].map(() => queue.enter(['x']));
    const counts: number[] = [];

    for (const ticket of tickets) {
      counts.push(queue.run(['x']).count);
      ticket.hold();
      ticket.leave();
    }

    expect(counts).to.deep.equal([0, 1, 2, 3]);
    expect(queue.run(['x'])).to.deep.equal({count: 0, isLong: false});
  });

  it('says of a run that it is long once for each quarter of a second that it goes on', () => {
    const {queue} = new Waiters();
    const tickets = Array.from({length: 8}, () => queue.enter(['x']));
    const long: boolean[] = [];

    for (const ticket of tickets.slice(0, -1)) {
      ticket.hold();
      nowMs += 100;
      ticket.leave();
      long.push(queue.run(['y', 'x']).isLong);
    }

    expect(long).to.deep.equal([false, false, false, true, false, false, true]);
  });

  it('keeps no memory of the many resources that were wanted once', async () => {
    const {queue} = new Waiters();
    const before = await usedBytes();

    for (let name = 0; name < 200_000; name += 1) queue.enter([`one of many: ${name}`]).leave();

    expect((await usedBytes()) - before).to.be.below(1_000_000);
    expect(queue.enterIfEmpty(['one of many: 199999'])).not.to.equal(undefined);
  });

  it('begins a new run for whoever comes after there was nobody', () => {
    const {queue} = new Waiters();
    const first = queue.enter(['x']);
    const second = queue.enter(['x']);
    first.hold();
    first.leave();
    const during = queue.run(['x']);
    second.leave();

    queue.enter(['x']);

    expect(during.count).to.equal(1);
    expect(queue.run(['x'])).to.deep.equal({count: 0, isLong: false});
  });

  it('takes no longer for each when there are many in line', () => {
    msFor(10_000);

    // In a time that grows with the square this would be minutes.
    expect(msFor(300_000)).to.be.below(5000);
  });

  it('leaves no listener on a signal shared by many waiters once all were served', async () => {
    const waiters = new Waiters();
    const {signal} = new AbortController();
    const tickets = Array.from({length: 1000}, (_, index) =>
      waiters.enter(`${index}`, ['x'], signal),
    );
    const during = listenersOf(signal);

    for (const ticket of tickets) ticket.leave();
    await flush();

    expect(during).to.equal(1);
    expect(listenersOf(signal)).to.equal(0);
    expect(waiters.turns).to.deep.equal(tickets.map((_, index) => `${index}`));
  });

  it('tells of several resources the longest run, and as long where one of them is', () => {
    nowMs = 0;
    const {queue} = new Waiters();
    const holdAndLeave = (resources: readonly string[]): void => {
      const ticket = queue.enter(resources);
      queue.enter(resources);
      ticket.hold();
      ticket.leave();
    };
    holdAndLeave(['x']);
    const next = queue.enter(['y']);

    const before = queue.run(['x', 'y', 'z']);
    const ofOne = queue.run(['x']);
    next.leave();

    expect(before).to.deep.equal({count: 1, isLong: false});
    expect(ofOne).to.deep.equal({count: 1, isLong: false});
    expect(queue.run(['y', 'z'])).to.deep.equal({count: 0, isLong: false});
    expect(queue.isHeld(['x', 'y'])).to.equal(false);
  });

  it('counts as a run only those who have held the lock', () => {
    const {queue} = new Waiters();
    const [gone, holder, last] = [queue.enter(['x']), queue.enter(['x']), queue.enter(['x'])];

    gone.leave();
    const afterGone = queue.run(['x']).count;
    holder.hold();
    const isHeld = queue.isHeld(['x']);
    holder.leave();

    expect([afterGone, queue.run(['x']).count]).to.deep.equal([0, 1]);
    expect([isHeld, queue.isHeld(['x'])]).to.deep.equal([true, false]);
    expect(last.isCalled).to.equal(true);
  });

  it('lets a ticket leave once, whoever has come after it', () => {
    const {queue} = new Waiters();
    const [first, middle, last] = [queue.enter(['x']), queue.enter(['x']), queue.enter(['x'])];

    middle.leave();
    middle.leave();
    const isCalledEarly = last.isCalled;
    first.leave();
    first.leave();
    const isCalled = last.isCalled;
    last.leave();
    last.leave();

    expect([isCalledEarly, isCalled]).to.deep.equal([false, true]);
    expect(queue.enterIfEmpty(['x'])?.isCalled).to.equal(true);
  });
});
