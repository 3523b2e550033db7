import type {BoardState} from './board.js';
import type {Line} from './text.js';

/** Where the demo is seen. */
export interface Screen {
  /** Shows how things stand; called many times a second. */
  show(state: BoardState): void;
  /** Leaves the last picture, and writes what is said at the end below it. */
  end(state: BoardState, closing: readonly Line[]): void;
}

/** What is written to: a terminal or a file. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
}
