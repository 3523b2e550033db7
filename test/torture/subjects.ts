import type {Subject, SubjectOptions} from './subject.js';
import {ours} from './subjects/ours.js';
import {redisSemaphore} from './subjects/redis-semaphore.js';
import {redlock4} from './subjects/redlock-4.js';
import {redlock5, sesamecare} from './subjects/redlock-5.js';
import {redlockUniversal} from './subjects/redlock-universal.js';

/** All libraries that can be tortured, by the name that the command line has for them. */
export const SUBJECTS: Readonly<Record<string, (options: SubjectOptions) => Subject>> = {
  ours,
  'redlock-4': redlock4,
  'redlock-5': redlock5,
  sesamecare,
  'redis-semaphore': redisSemaphore,
  'redlock-universal': redlockUniversal,
};
