import type {Subject, SubjectOptions} from './subject.js';

type Make = (options: SubjectOptions) => Subject;

/** All libraries that can be tortured, by the name that the command line has for them; loaded when they are needed. */
export const SUBJECTS: Readonly<Record<string, () => Promise<Make>>> = {
  ours: async () => (await import('./subjects/ours.js')).ours,
  'redlock-4': async () => (await import('./subjects/redlock-4.js')).redlock4,
  'redlock-5': async () => (await import('./subjects/redlock-5.js')).redlock5,
  sesamecare: async () => (await import('./subjects/redlock-5.js')).sesamecare,
  'redis-semaphore': async () => (await import('./subjects/redis-semaphore.js')).redisSemaphore,
  'redlock-universal': async () =>
    (await import('./subjects/redlock-universal.js')).redlockUniversal,
};
