import type {Arguments} from './arguments.js';
import type {Context} from './context.js';
import type {Option} from './option.js';

/** One of the things that `holdfast` does. */
export interface Command {
  readonly name: string;
  /** What it does, in a few words. */
  readonly about: string;
  /** What it is to be told, by name: one operand each. */
  readonly operands: readonly string[];
  /** Whether a command to run follows after `--`. */
  readonly takesCommand: boolean;
  readonly options: readonly Option<unknown>[];
  /** What else is worth knowing, one paragraph each. */
  readonly notes: readonly string[];
  /** Does it, and resolves to the exit code. */
  run(args: Arguments, context: Context): Promise<number>;
}
