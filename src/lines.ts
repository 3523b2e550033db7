import type {FairLeases, FairRequest, Place} from './lease/fair-leases.js';
import type {Lease} from './lease/lease.js';
import type {Miss} from './waiting/attempt.js';
import {Line} from './waiting/line.js';
import type {Ending} from './on-abort.js';
import type {WakeUps} from './waiting/wake-ups.js';

export interface LinesOptions {
  readonly leases: FairLeases;
  readonly wakeUps: WakeUps;
  readonly random: () => number;
}

/** The lines in which the callers of a fair locker stand: one for each resource that somebody of this process waits for. */
export class Lines {
  readonly #options: LinesOptions;
  readonly #lines = new Map<string, Line<Place, Lease>>();

  constructor(options: LinesOptions) {
    this.#options = options;
  }

  /** Stands in line until it is its turn. Rejects when the signal aborts, and at once where waiting is of no use. */
  acquire(signal: Ending, request: FairRequest, onMiss: (miss: Miss) => void): Promise<Lease> {
    const place = this.#options.leases.place(request);
    return this.#line(place).wait(signal, place, onMiss);
  }

  /** One attempt, which wins only where nobody stands in line. @throws {QuorumError} when the node could not be asked. */
  async tryAcquire(request: FairRequest): Promise<Lease | undefined> {
    const {leases} = this.#options;
    const place = leases.place(request);
    const entry = await leases.attempt(place);
    if (entry.kind === 'won') return entry.value;
    if (entry.kind === 'busy') return undefined;
    await leases.leave(place);
    throw entry.error;
  }

  /** Waits for what is under way. */
  close(): Promise<void> {
    return this.#options.leases.close();
  }

  #line({call}: Place): Line<Place, Lease> {
    const {leases, wakeUps, random} = this.#options;
    const [channel = ''] = call.names.channels;
    const known = this.#lines.get(channel);
    if (known !== undefined) return known;
    const line = new Line<Place, Lease>({leases, wakeUps, channel, random}, () => {
      this.#lines.delete(channel);
    });
    this.#lines.set(channel, line);
    return line;
  }
}
