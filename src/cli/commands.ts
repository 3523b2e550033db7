import type {Command} from './command.js';
import {demo} from './commands/demo.js';
import {elect} from './commands/elect.js';
import {run} from './commands/run.js';

/** All that `holdfast` does, in the order of its help. */
export const commands: readonly Command[] = [run, elect, demo];
