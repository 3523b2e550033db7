import type {LeaseScript, LoneScript} from './ask.js';
import type {Script} from './run-script.js';
import {
  acquire,
  announce,
  attend,
  enter,
  extend,
  forceRelease,
  inspect,
  leave,
  pass,
  raise,
  release,
} from './scripts.generated.js';

/** How scripts tell something. */
export type HowToTell = 'PUBLISH' | 'SPUBLISH';

/** How a script is told what it needs. */
interface Telling {
  readonly script: Script;
  /** Whether it tells something, or counts who would hear it. Then its first argument is how. */
  readonly tells: boolean;
  /** How many of the arguments after that are the same for all locks of one kind, so that a batch need not repeat them. */
  readonly shared: number;
}

const LONE: Readonly<Record<LoneScript, Telling>> = {
  announce: {script: announce, tells: true, shared: 0},
  forceRelease: {script: forceRelease, tells: true, shared: 0},
  inspect: {script: inspect, tells: true, shared: 0},
};

const ALL: Readonly<Record<LeaseScript | LoneScript, Telling>> = {
  ...LONE,
  acquire: {script: acquire, tells: false, shared: 2},
  extend: {script: extend, tells: true, shared: 2},
  leave: {script: leave, tells: true, shared: 1},
  raise: {script: raise, tells: false, shared: 1},
  release: {script: release, tells: true, shared: 2},
  enter: {script: enter, tells: true, shared: 2},
  attend: {script: attend, tells: true, shared: 1},
  pass: {script: pass, tells: true, shared: 1},
};

export const tellingOf = (script: LeaseScript | LoneScript): Telling => ALL[script];

/** Whether it must not be put in a batch. */
export const isLone = (script: LeaseScript | LoneScript): boolean => script in LONE;
