import type {Command} from './command.js';
import {demo} from './commands/demo.js';
import {elect} from './commands/elect.js';
import {list} from './commands/list.js';
import {release} from './commands/release.js';
import {run} from './commands/run.js';
import {who} from './commands/who.js';

/** All that `holdfast` does, in the order of its help. */
export const commands: readonly Command[] = [run, elect, who, list, release, demo];
