import {onAbort} from '#internal/on-abort.js';
import {expect} from 'chai';

import {listenersOf} from './listeners.js';

describe('waiting for an abort', () => {
  it('puts one listener on a signal for ten thousand waiters, and calls each of them once', () => {
    const controller = new AbortController();
    const calls = Array.from({length: 10_000}, () => 0);
    for (const index of calls.keys()) {
      onAbort(controller.signal, () => (calls[index] = (calls[index] ?? 0) + 1));
    }
    const listeners = listenersOf(controller.signal);

    controller.abort();

    expect(listeners).to.equal(1);
    expect(calls.every((times) => times === 1)).to.equal(true);
    expect(listenersOf(controller.signal)).to.equal(0);
  });

  it('keeps the listener until the last waiter has gone, and then leaves none', () => {
    const {signal} = new AbortController();
    const stops = Array.from({length: 100}, () => onAbort(signal, () => {}));
    const last = stops.pop();

    for (const stop of stops) stop();
    const before = listenersOf(signal);
    last?.();

    expect(before).to.equal(1);
    expect(listenersOf(signal)).to.equal(0);
  });

  it('does not call a waiter that has gone', () => {
    const controller = new AbortController();
    const calls: string[] = [];
    const stop = onAbort(controller.signal, () => calls.push('gone'));
    onAbort(controller.signal, () => calls.push('here'));

    stop();
    controller.abort();

    expect(calls).to.deep.equal(['here']);
  });

  it('listens again for those who come after the last one went', () => {
    const controller = new AbortController();
    const calls: string[] = [];
    onAbort(controller.signal, () => calls.push('first'))();

    onAbort(controller.signal, () => calls.push('second'));
    controller.abort();

    expect(calls).to.deep.equal(['second']);
  });

  it('lets a waiter go twice without taking the listener away from others', () => {
    const controller = new AbortController();
    const calls: string[] = [];
    const stop = onAbort(controller.signal, () => {});
    stop();
    onAbort(controller.signal, () => calls.push('other'));

    stop();
    controller.abort();

    expect(calls).to.deep.equal(['other']);
  });

  it('lets a waiter go while the others are being called', () => {
    const controller = new AbortController();
    const calls: string[] = [];
    const stops: (() => void)[] = [];
    onAbort(controller.signal, () => {
      calls.push('first');
      for (const stop of stops) stop();
    });
    stops.push(onAbort(controller.signal, () => calls.push('second')));

    controller.abort();

    expect(calls).to.deep.equal(['first']);
    expect(listenersOf(controller.signal)).to.equal(0);
  });

  it('keeps the waiters of different signals apart', () => {
    const [one, two] = [new AbortController(), new AbortController()];
    const calls: string[] = [];
    onAbort(one.signal, () => calls.push('one'));
    onAbort(two.signal, () => calls.push('two'));

    two.abort();

    expect(calls).to.deep.equal(['two']);
    expect([one, two].map(({signal}) => listenersOf(signal))).to.deep.equal([1, 0]);
  });
});
