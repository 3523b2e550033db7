import {happeningLine, numbers, type BoardState} from './board.js';
import type {Output} from '../output.js';
import type {Screen} from './screen.js';
import {noColours, toText, type Line} from '../text.js';

const STATUS_EVERY_MS = 1000;

/** Writes a line when something remarkable happens, and one each second. */
export class PlainScreen implements Screen {
  readonly #out: Output;
  #isHeaded = false;
  #told = 0;
  #nextStatusMs = STATUS_EVERY_MS;

  constructor(out: Output) {
    this.#out = out;
  }

  show(state: BoardState): void {
    const {title, setting, view, startedAt, elapsedMs} = state;
    if (!this.#isHeaded) this.#write([[`${title} · ${setting}`]]);
    this.#isHeaded = true;
    const news = view.happenings.slice(this.#told).filter(({isLoud}) => isLoud);
    this.#told = view.happenings.length;
    for (const one of news) this.#write(happeningLine(one, startedAt));
    if (elapsedMs < this.#nextStatusMs) return;
    this.#nextStatusMs += STATUS_EVERY_MS;
    this.#write(status(state));
  }

  end(state: BoardState, closing: readonly Line[]): void {
    this.show(state);
    for (const line of [[], ...closing]) this.#write(line);
  }

  #write(line: Line): void {
    this.#out.write(`${toText(line, Infinity, noColours).trimEnd()}\n`);
  }
}

function status({view, elapsedMs}: BoardState): Line {
  const time = (elapsedMs / 1000).toFixed(2).padStart(6);
  const holder = view.holder === undefined ? 'nobody' : String(view.holder.pid);
  return [[`${time} s inside ${holder.padEnd(7)}`], ...numbers(view)];
}
