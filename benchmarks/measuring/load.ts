import {settle} from './settle.js';
import type {Subject} from '../subjects/subject.js';

/** How much is asked for, and how much of it at a time. */
export interface Load {
  readonly inFlight: number;
  readonly sections: number;
}

/** What it took. */
export interface Done {
  readonly sections: number;
  /** For each section. */
  readonly wallUs: number;
  /** Of this process, for each section. */
  readonly cpuUs: number;
}

/** Runs so many sections, on a resource of its own for each of those in flight. */
export async function run(subject: Subject, {inFlight, sections}: Load): Promise<Done> {
  await settle();
  const each = Math.ceil(sections / inFlight);
  const lane = async (resource: string): Promise<void> => {
    for (let count = 0; count < each; count += 1) {
      const held = await subject.acquire(resource);
      await held.release();
    }
  };
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  await Promise.all(Array.from({length: inFlight}, (_, index) => lane(`benchmark:${index}`)));
  const wallUs = (performance.now() - startedAt) * 1000;
  const {user, system} = process.cpuUsage(cpu);
  const done = each * inFlight;
  return {sections: done, wallUs: wallUs / done, cpuUs: (user + system) / done};
}
