import {mock} from 'node:test';

import {flush} from './flush.js';

/** A time that passes only when the test lets it, for the clock and for the timers. Undone by `mock.timers.reset()`. */
export class VirtualTime {
  constructor(public nowMs = 100_000) {
    mock.timers.enable({apis: ['setTimeout']});
  }

  readonly now = (): number => this.nowMs;

  async pass(ms: number): Promise<void> {
    for (const end = this.nowMs + ms; this.nowMs < end;) {
      this.nowMs += 1;
      mock.timers.tick(1);
      await flush();
    }
  }

  /** The event loop stands still: the clock goes on, and timers fire only afterwards. */
  async freeze(ms: number): Promise<void> {
    this.nowMs += ms;
    mock.timers.tick(ms);
    await flush();
  }
}
