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

/** The seam of every client so far: making one anew for every call costs more than all else here. */
const seams = new WeakMap<SupportedClient, RedisClient>();

function seamOf(client: SupportedClient): RedisClient {
  const known = seams.get(client);
  if (known !== undefined) return known;
  const seam = clientOf(client);
  seams.set(client, seam);
  return seam;
}

/**
 * Runs a utility's script, in one command when the server knows it.
 *
 * @throws {ScriptError} when the server answers with an error. Any other error of the client's is not touched.
 */
export async function run(
  name: ScriptName,
  script: Script,
  {client, key, args}: Call,
): Promise<unknown> {
  const seam = seamOf(client);
  try {
    return await runScript(seam, script, [key], args);
  } catch (error) {
    throw asScriptError(name, error);
  }
}

/** Sends a utility's command, where one alone does it. @throws as `run` does. */
export async function send(
  name: string,
  command: string,
  {client, key, args}: Call,
): Promise<unknown> {
  const seam = seamOf(client);
  try {
    return await seam.send(command, [key, ...args]);
  } catch (error) {
    throw asScriptError(name, error);
  }
}
