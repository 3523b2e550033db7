import {settle} from './settle.js';
import type {Subject} from '../subjects/subject.js';

/** How much is asked for at a time, and for how long. */
export interface Load {
  readonly inFlight: number;
  readonly forMs: number;
}

/** What it took. */
export interface Done {
  readonly sections: number;
  /** For each section. */
  readonly wallUs: number;
  /** Of this process, for each section. */
  readonly cpuUs: number;
}

/** Runs sections for so long, on a resource of its own for each of those in flight. */
export async function run(subject: Subject, {inFlight, forMs}: Load): Promise<Done> {
  await settle();
  let done = 0;
  const until = performance.now() + forMs;
  const lane = async (resource: string): Promise<void> => {
    while (performance.now() < until) {
      const held = await subject.acquire(resource);
      await held.release();
      done += 1;
    }
  };
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  await Promise.all(
    Array.from({length: inFlight}, (_, index) => lane(`benchmark:${process.pid}:${index}`)),
  );
  const wallUs = (performance.now() - startedAt) * 1000;
  const {user, system} = process.cpuUsage(cpu);
  return {sections: done, wallUs: wallUs / done, cpuUs: (user + system) / done};
}
