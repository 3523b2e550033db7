import {board, type BoardState} from './board.js';
import {paintFor, type Output} from '../output.js';
import type {Screen} from './screen.js';
import {toText, type Line, type Paint} from '../text.js';

// The second screen of a terminal, without a cursor and without line breaks; the first comes back untouched.
const ENTER = '\u001B[?1049h\u001B[?25l\u001B[?7l';
const LEAVE = '\u001B[?7h\u001B[?25h\u001B[?1049l';
const HOME = '\u001B[H';
const CLEAR_LINE = '\u001B[K';
const CLEAR_BELOW = '\u001B[J';

const MOST_ROWS = 32;
// Without much of what happened: the closing words follow.
const ROWS_OF_LAST = 20;

/** Draws the board over and over in the same place. */
export class LiveScreen implements Screen {
  readonly #out: Output;
  readonly #paint: Paint;
  #isEntered = false;
  readonly #leave = (): void => {
    process.removeListener('exit', this.#leave);
    if (this.#isEntered) this.#out.write(LEAVE);
    this.#isEntered = false;
  };

  constructor(out: Output) {
    this.#out = out;
    this.#paint = paintFor(out, process.env);
  }

  show(state: BoardState): void {
    if (!this.#isEntered) this.#enter();
    const rows = Math.min((this.#out.rows ?? 24) - 1, MOST_ROWS);
    const text = this.#picture(state, rows).map((line) => `${line}${CLEAR_LINE}\r\n`);
    this.#out.write(`${HOME}${text.join('')}${CLEAR_BELOW}`);
  }

  end(state: BoardState, closing: readonly Line[]): void {
    this.#leave();
    const below = closing.map((line) => toText(line, Infinity, this.#paint));
    this.#out.write(`${[...this.#picture(state, ROWS_OF_LAST), '', ...below].join('\n')}\n`);
  }

  #enter(): void {
    this.#isEntered = true;
    // However this process ends, the terminal must be usable after it.
    process.once('exit', this.#leave);
    this.#out.write(ENTER);
  }

  #picture(state: BoardState, rows: number): string[] {
    const columns = this.#out.columns ?? 80;
    const lines = board(state, {columns, rows});
    return lines.map((line) => toText(line, columns, this.#paint));
  }
}
