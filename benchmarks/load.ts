import {setTimeout as delay} from 'node:timers/promises';

import type {Subject} from './subject.js';

/** How much is asked for, and how much of it at a time. */
export interface Load {
  readonly inFlight: number;
  readonly sections: number;
}

/** What it took, for each section. */
export interface Sample {
  readonly wallUs: number;
  readonly cpuUs: number;
}

const SETTLE_MS = 20;

/** Runs so many sections, on a resource of its own for each of those in flight. */
export async function run(subject: Subject, {inFlight, sections}: Load): Promise<Sample> {
  await settle();
  const each = Math.ceil(sections / inFlight);
  const lane = async (resource: string): Promise<void> => {
    for (let count = 0; count < each; count += 1) await subject.section(resource);
  };
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  await Promise.all(Array.from({length: inFlight}, (_, index) => lane(`benchmark:${index}`)));
  const wallUs = (performance.now() - startedAt) * 1000;
  const {user, system} = process.cpuUsage(cpu);
  const done = each * inFlight;
  return {wallUs: wallUs / done, cpuUs: (user + system) / done};
}

// What one round has left over is not to be paid for by the next.
async function settle(): Promise<void> {
  await delay(SETTLE_MS);
  globalThis.gc?.();
}
