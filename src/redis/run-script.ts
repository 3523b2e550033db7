import type {RedisClient} from './client.js';

/** A Lua script and the SHA-1 under which a server knows it. */
export interface Script {
  readonly sha1: string;
  readonly text: string;
}

/** Whether a server answered with this code. A script's own error may contain the word further on. */
export const isReply = (error: unknown, code: string): boolean =>
  error instanceof Error && error.message.startsWith(code);

/**
 * Runs a script with `EVALSHA`, and once more with `EVAL` if the server does not know it.
 *
 * That is at most two commands, with nothing remembered between calls: a restart, a fail-over and
 * `SCRIPT FLUSH` need no care. Whatever the client rejects with passes through unchanged. A script that is not wanted
 * any more when the server turns out not to know it is not sent again: what was given up on must not run late.
 */
export async function runScript(
  client: RedisClient,
  script: Script,
  keys: readonly string[],
  args: readonly string[],
  isWanted: () => boolean = () => true,
): Promise<unknown> {
  const rest = [String(keys.length), ...keys, ...args];
  try {
    return await client.send('EVALSHA', [script.sha1, ...rest]);
  } catch (error) {
    if (!isReply(error, 'NOSCRIPT') || !isWanted()) throw error;
    return client.send('EVAL', [script.text, ...rest]);
  }
}
