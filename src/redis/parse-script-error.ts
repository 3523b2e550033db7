/** What a server's error says, without the wrapping that servers put round an error inside a script. */
export interface ParsedScriptError {
  /** The first word of the error: `WRONGTYPE`, `OOM`, `ERR`, or one that a script has chosen. */
  readonly code: string;
  readonly message: string;
  /** SHA-1 of the script, where the server tells it. */
  readonly sha?: string;
  /** Line of the script on which the error arose, where the server tells it. */
  readonly line?: number;
}

/** Redis 6. Code that reads an undeclared global fails in a helper of the server's, at a line of that. */
const before =
  /^(?:ERR )?Error running script \(call to f_(?<sha>[0-9a-f]{40})\): @(?:user_script:(?<line>\d+)|enable_strict_lua:\d+): (?<text>.*)$/s;

/** Redis 7 and later, and Valkey, which leaves the SHA-1 out since version 9. */
const behind = /^(?<text>.*) script: (?:(?<sha>[0-9a-f]{40}), )?on @user_script:(?<line>\d+)\.$/s;

/** Where an error of Lua itself arose. */
const position =
  /^(?:(?:ERR )?user_script:(?<line>\d+): |@user_script: ?(?<line6>\d+): -?)(?<text>.*)$/s;

const coded = /^(?<code>[A-Z][A-Z0-9_]{2,}) (?<message>.+)$/s;

/**
 * Reads the text of a server's error, one that arose in a script or any other.
 *
 * Servers wrap the error of a script in different ways; the result is the same for all of them. Null when the text is
 * not a server's at all, such as that of a closed connection.
 */
export function parseScriptError(text: string): ParsedScriptError | null {
  const wrapping = (before.exec(text) ?? behind.exec(text))?.groups;
  if (wrapping === undefined) return codeOf(text);

  const inner = wrapping['text'] ?? '';
  const place = position.exec(inner)?.groups;
  const rest = place?.['text'] ?? inner;
  const line = wrapping['line'] ?? place?.['line'] ?? place?.['line6'];
  const sha = wrapping['sha'];
  return {
    ...(codeOf(rest) ?? {code: 'ERR', message: rest}),
    ...(sha === undefined ? {} : {sha}),
    ...(line === undefined ? {} : {line: Number(line)}),
  };
}

function codeOf(text: string): {code: string; message: string} | null {
  const {code, message} = coded.exec(text)?.groups ?? {};
  return code === undefined || message === undefined ? null : {code, message};
}
