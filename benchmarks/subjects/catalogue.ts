import {byHandPushed} from './by-hand-pushed.js';
import {localMutex} from './local-mutex.js';
import {ours, oursFair} from './ours.js';
import {pushAlone} from './push-alone.js';
import {redisSemaphore} from './redis-semaphore.js';
import {redlock4} from './redlock-4.js';
import {redlock5, sesamecare} from './redlock-5.js';
import {redlockUniversal} from './redlock-universal.js';
import type {Kind} from './subject.js';
import {twoEvalsha} from './two-evalsha.js';

/** The libraries that ours is compared with. */
export const peerKinds: readonly Kind[] = [
  redlock4,
  redlock5,
  sesamecare,
  redisSemaphore,
  redlockUniversal,
];

/** Whatever is measured anywhere. */
export const allKinds: readonly Kind[] = [
  ours,
  oursFair,
  twoEvalsha,
  byHandPushed,
  pushAlone,
  localMutex,
  ...peerKinds,
];

export function kindOf(name: string): Kind {
  const kind = allKinds.find((each) => each.name === name);
  if (kind === undefined) throw new RangeError(`Expected a subject, got ${name}`);
  return kind;
}
