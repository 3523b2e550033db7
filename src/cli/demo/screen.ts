import type {BoardState} from './board.js';
import type {Line} from '../text.js';

/** Where the demo is seen. */
export interface Screen {
  /** Shows how things stand; called many times a second. */
  show(state: BoardState): void;
  /** Leaves the last picture, and writes what is said at the end below it. */
  end(state: BoardState, closing: readonly Line[]): void;
}
