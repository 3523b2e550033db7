import type {NodeError} from '../errors.js';
import type {Ask} from './ask.js';
import type {HowToTell} from './telling.js';

/** Several questions as a server is told them. */
export interface Batch {
  readonly questions: readonly Question[];
  readonly how: HowToTell;
  readonly keys: readonly string[];
  readonly text: string;
}

/** What is asked of one node, or of each of several, and who is told what comes of it: by each of them once. */
export interface Question<T = unknown> {
  readonly ask: Ask<T>;
  /** The batch that it was the first of when it was last put into words, for the other nodes that are asked the same. */
  batch?: Batch;
  /** Whether this node has been heard, or is not waited for any more. */
  isOver(node: number): boolean;
  answered(node: number, value: T): void;
  failed(error: NodeError): void;
}

/** What is asked of one node alone. */
export class LoneQuestion<T> implements Question<T> {
  readonly #onAnswer: (value: T) => void;
  readonly #onFailure: (error: NodeError) => void;
  #isOver = false;

  constructor(
    readonly ask: Ask<T>,
    onAnswer: (value: T) => void,
    onFailure: (error: NodeError) => void,
  ) {
    this.#onAnswer = onAnswer;
    this.#onFailure = onFailure;
  }

  isOver(): boolean {
    return this.#isOver;
  }

  answered(_node: number, value: T): void {
    this.#isOver = true;
    this.#onAnswer(value);
  }

  failed(error: NodeError): void {
    this.#isOver = true;
    this.#onFailure(error);
  }
}
