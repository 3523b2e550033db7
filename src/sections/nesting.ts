import {AsyncLocalStorage} from 'node:async_hooks';

import type {Lock} from '../lock.js';
import type {Resource} from '../options.js';

/** A section that an async flow is in, and the one around it. */
interface Entered {
  readonly lock: Lock;
  readonly outer: Entered | undefined;
}

/**
 * Knows in which re-entrant sections an async flow is. A flow that was never in one costs nothing: following flows makes
 * all promises of a process slower on Node before 24, so it begins with the first section that asks for it.
 */
export class Nesting {
  readonly #flow = new AsyncLocalStorage<Entered>();

  /** The lock on one of the resources that this flow holds, if it does. */
  lockOn(resource: Resource): Lock | undefined {
    for (let entered = this.#flow.getStore(); entered !== undefined; entered = entered.outer) {
      const {lock} = entered;
      // A flow may outlive its section: then the lock has been released.
      if (lock.isHeld && [resource].flat().some((name) => lock.resources.includes(name))) {
        return lock;
      }
    }
    return undefined;
  }

  /** Runs `work` in a flow that holds the lock. */
  enter<T>(lock: Lock, work: (lock: Lock) => T): T {
    return this.#flow.run({lock, outer: this.#flow.getStore()}, work, lock);
  }
}
