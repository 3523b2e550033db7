import type {Output} from './output.js';

/** What a person types, or another program writes. */
export type Input = NodeJS.ReadableStream & {readonly isTTY?: boolean | undefined};

/** What surrounds the program. */
export interface Context {
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<NodeJS.ProcessEnv>;
}
