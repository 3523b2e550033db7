import {monitorEventLoopDelay} from 'node:perf_hooks';
import {setTimeout as delay} from 'node:timers/promises';

import {settle} from '../measuring/settle.js';
import type {Held, Subject} from '../subjects/subject.js';
import {resourceAt, type Watched} from './messages.js';

const IN_FLIGHT = 200;
const RESOLUTION_MS = 10;
// Before the heap is looked at, what is made once is to be there.
const WARM_UP = 400;

/** Holds many locks of one subject. */
export class Holder {
  readonly #subject: Subject;
  readonly #held: Held[] = [];

  constructor(subject: Subject) {
    this.#subject = subject;
  }

  /** Obtains so many locks. @returns the bytes of heap for each, without its name and its place in a list */
  async hold(count: number): Promise<number> {
    await this.#warmUp();
    const names = Array.from({length: count}, (_, index) => resourceAt(index));
    for (let index = 0; index < count; index += 1) this.#held.push({release: async () => {}});
    const before = await heapBytes();
    await inFlight(IN_FLIGHT, names, async (name, index) => {
      this.#held[index] = await this.#subject.hold(name);
    });
    const bytes = ((await heapBytes()) - before) / count;
    return names.length === this.#held.length ? bytes : Number.NaN;
  }

  async watch(forMs: number): Promise<Watched> {
    const delays = monitorEventLoopDelay({resolution: RESOLUTION_MS});
    const cpu = process.cpuUsage();
    const startedAt = performance.now();
    delays.enable();
    await delay(forMs);
    delays.disable();
    const {user, system} = process.cpuUsage(cpu);
    const tookUs = (performance.now() - startedAt) * 1000;
    const late = (ns: number): number => Math.max(0, ns / 1e6 - RESOLUTION_MS);
    return {
      cpuShare: (user + system) / tookUs,
      delayP99Ms: late(delays.percentile(99)),
      delayMaxMs: late(delays.max),
    };
  }

  async #warmUp(): Promise<void> {
    const names = Array.from({length: WARM_UP}, (_, index) => `warm-up:${index}`);
    await inFlight(IN_FLIGHT, names, async (name) => {
      const held = await this.#subject.hold(name);
      await held.release();
    });
  }
}

async function inFlight(
  lanes: number,
  names: readonly string[],
  work: (name: string, index: number) => Promise<void>,
): Promise<void> {
  const all = names.entries();
  const lane = async (): Promise<void> => {
    for (const [index, name] of all) await work(name, index);
  };
  await Promise.all(Array.from({length: lanes}, lane));
}

async function heapBytes(): Promise<number> {
  // What is freed by the first of them may be free only after the second.
  for (let time = 0; time < 2; time += 1) {
    await settle();
    globalThis.gc?.();
  }
  return process.memoryUsage().heapUsed;
}
