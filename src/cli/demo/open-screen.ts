import {LiveScreen} from './live-screen.js';
import {PlainScreen} from './plain-screen.js';
import type {Output} from '../output.js';
import type {Screen} from './screen.js';

/** A picture that is redrawn where there is a terminal, and plain lines where there is none. */
export function openScreen(out: Output): Screen {
  const isLive = out.isTTY === true && process.env['TERM'] !== 'dumb';
  return isLive ? new LiveScreen(out) : new PlainScreen(out);
}
