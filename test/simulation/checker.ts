import {FencedResource} from './fenced-resource.js';
import type {History} from './history.js';
import type {Holder} from './holder.js';
import type {Plan} from './plan.js';

// Who was stopped has just had no turn to hear its signal.
const AWAKE_MS = 50;

/** Looks on while locks are held, and says what should not be so. */
export class Checker {
  readonly #history: History;
  readonly #plan: Plan;
  readonly #awakeForMs: (holder: Holder) => number;
  readonly #holders = new Map<string, Holder[]>();
  readonly #resources = new Map<string, FencedResource>();

  constructor(history: History, plan: Plan, awakeForMs: (holder: Holder) => number) {
    this.#history = history;
    this.#plan = plan;
    this.#awakeForMs = awakeForMs;
  }

  /** A lock was obtained just now. */
  acquired(holder: Holder): void {
    const others = this.#holdersOf(holder.resource);
    this.#checkFence(holder, others);
    if (this.#plan.kind === 'kept') this.#checkAlone(holder, others);
    others.push(holder);
  }

  /** A holder writes; it has asked its lock in this moment whether it is held. */
  write(holder: Holder): void {
    const isWritten = this.#resource(holder.resource).write(holder.fence);
    if (isWritten || this.#plan.kind !== 'kept') return;
    this.#history.violate(`${holder.name} held ${holder.resource}, and its write was refused`);
  }

  /** It was extended by a command of that time. */
  extended(holder: Holder, sentAt: number): void {
    // A command of the acquisition that comes late takes the lock again, where it was deleted.
    if (!this.#plan.isCalm || this.#plan.isUnordered) return;
    for (const other of this.#holdersOf(holder.resource)) {
      if (other.acquiredAt < sentAt && other.fence > holder.fence) {
        this.#history.violate(`${holder.name} is extended, and ${other.name} has had it since`);
      }
    }
  }

  /** How many locks were obtained. */
  get count(): number {
    return [...this.#holders.values()].reduce((sum, holders) => sum + holders.length, 0);
  }

  /** Fences are unique, and grow with time: who asked after another had got it has a larger one. */
  #checkFence(holder: Holder, others: readonly Holder[]): void {
    for (const other of others) {
      if (other.fence === holder.fence) {
        this.#history.violate(`${holder.name} has the fence ${holder.fence} of ${other.name}`);
      } else if (other.acquiredAt < holder.sentAt && other.fence > holder.fence) {
        this.#history.violate(
          `${holder.name} has the fence ${holder.fence}, and ${other.name} before it ${other.fence}`,
        );
      }
    }
  }

  #checkAlone(holder: Holder, others: readonly Holder[]): void {
    for (const other of others) {
      if (other.believes) {
        this.#history.violate(`${holder.name} holds ${holder.resource} while ${other.name} does`);
      } else if (other.isUnwarned && this.#awakeForMs(other) > AWAKE_MS) {
        this.#history.violate(`${holder.name} holds before ${other.name} is told of its loss`);
      }
    }
  }

  #holdersOf(resource: string): Holder[] {
    const holders = this.#holders.get(resource) ?? [];
    this.#holders.set(resource, holders);
    return holders;
  }

  #resource(name: string): FencedResource {
    const resource = this.#resources.get(name) ?? new FencedResource();
    this.#resources.set(name, resource);
    return resource;
  }
}
