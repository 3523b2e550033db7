import {EXIT} from './exit-codes.js';

/** Ends the program with a message for the person who started it, and an exit code. */
export class CliError extends Error {
  override readonly name = 'CliError';

  constructor(
    readonly exitCode: number,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The command line is not understood. */
export const usageError = (message: string): CliError => new CliError(EXIT.usage, message);
