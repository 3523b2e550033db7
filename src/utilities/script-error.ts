import {parseScriptError} from '../redis/parse-script-error.js';

/** The server answered a utility with an error. */
export class ScriptError extends Error {
  override readonly name = 'ScriptError';
  /** The first word of the server's error, such as `WRONGTYPE`, `OOM`, `READONLY`, or a script's own `NOTINTEGER`. */
  readonly code: string;
  /** The utility by its name in `scripts`; `hashGetWithDefaults`, which is none of these, by its own. */
  readonly script: string;

  /** `cause` is what the client rejected with. */
  constructor(script: string, code: string, message: string, options?: ErrorOptions) {
    super(`${script}: ${code} ${message}`, options);
    this.script = script;
    this.code = code;
  }
}

/**
 * A `ScriptError` for an error of the server's. Anything else comes back as it is: after a closed connection nobody
 * knows whether the command ran, and no other name makes that better.
 */
export function asScriptError(script: string, error: unknown): unknown {
  const parsed = error instanceof Error ? parseScriptError(error.message) : null;
  if (parsed === null) return error;
  return new ScriptError(script, parsed.code, parsed.message, {cause: error});
}
