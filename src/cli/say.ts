import {paintFor, type Output} from './output.js';
import type {Tone} from './text.js';

/** Speaks to the person at the terminal, or to a log, without getting in the way of what is printed. */
export interface Sayer {
  /** What may be left out. */
  info(message: string): void;
  error(message: string): void;
}

/** Speaks on the channel of errors, in lines that begin with the name of the program. */
export function sayer(stderr: Output, isQuiet: boolean, env: Readonly<NodeJS.ProcessEnv>): Sayer {
  const paint = paintFor(stderr, env);
  const say = (tone: Tone, message: string): void => {
    stderr.write(`${paint(tone, 'holdfast:')} ${message}\n`);
  };
  return {
    info: (message) => isQuiet || say('dim', message),
    error: (message) => say('dead', message),
  };
}
