import {colours, noColours, type Paint} from './text.js';

/** What is written to: a terminal or a file. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
}

/** Colours for a terminal whose user has not declined them, and none for anything else. */
export function paintFor(out: Output, env: Readonly<NodeJS.ProcessEnv>): Paint {
  const isColourful = out.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
  return isColourful ? colours : noColours;
}
