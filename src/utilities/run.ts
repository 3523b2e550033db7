import {clientOf, type SupportedClient} from '../redis/client-of.js';
import type {RedisClient} from '../redis/client.js';
import {runScript, type Script} from '../redis/run-script.js';
import {asScriptError} from './script-error.js';
import type {ScriptName} from './scripts.js';

/** What a utility's script is run with. All of them have one key. */
export interface Call {
  readonly client: SupportedClient;
  readonly key: string;
  readonly args: readonly string[];
}

/**
 * Runs a utility's script, in one command when the server knows it.
 *
 * @throws {ScriptError} when the server answers with an error. Any other error of the client's is not touched.
 */
export function run(name: ScriptName, script: Script, {client, key, args}: Call): Promise<unknown> {
  return withScriptErrors(client, name, (redis) => runScript(redis, script, [key], args));
}

/** Gives a server's error in this work the name of the utility. */
export async function withScriptErrors(
  client: SupportedClient,
  name: string,
  work: (redis: RedisClient) => Promise<unknown>,
): Promise<unknown> {
  const redis = clientOf(client);
  try {
    return await work(redis);
  } catch (error) {
    throw asScriptError(name, error);
  }
}
