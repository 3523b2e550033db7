import {clientOf, type SupportedClient} from '../redis/client-of.js';
import type {RedisClient} from '../redis/client.js';
import {runScript} from '../redis/run-script.js';
import {fencedWrite} from '../redis/scripts.generated.js';
import {Arguments} from './arguments.js';
import {isYes, textOf} from './replies.js';
import {asScriptError} from './script-error.js';

/** What stands in a {@link FencedResource}, and who has written it. */
export interface Fenced {
  readonly value: string;
  readonly fence: number;
}

const NAME = 'FencedResource';

/**
 * A value in Redis that takes writes in the order of their fences only: one that comes from a holder who was overtaken is
 * refused, however late it arrives.
 *
 * It may be on another server than the locks. The value is in the hash `key`, beside the largest fence so far.
 */
export class FencedResource {
  readonly #client: RedisClient;
  readonly #key: string;

  /**
   * @throws {TypeError} when the client is of no kind that the library knows, or `key` is no string.
   * @throws {RangeError} when `key` is empty.
   */
  constructor(client: SupportedClient, key: string) {
    new Arguments(NAME).name('key', key);
    this.#client = clientOf(client);
    this.#key = key;
  }

  /**
   * Stores a value, if nobody with a larger fence has: true when it is stored. The same fence may write again.
   *
   * @param fence the `fence` of the lock under which this is written.
   * @throws {TypeError | RangeError} when `fence` is no whole number from 0 below 2^53, or `value` no string.
   * @throws {ScriptError} when the server answers with an error, and nothing has changed: `WRONGTYPE` when the key is no
   *   hash, `NOTINTEGER` when its field `fence` is no number.
   */
  async write(fence: number, value: string): Promise<boolean> {
    const check = new Arguments(NAME);
    check.integer('fence', fence, {min: 0, max: Number.MAX_SAFE_INTEGER});
    check.text('value', value);
    try {
      const args = [String(fence), value];
      return isYes(await runScript(this.#client, fencedWrite, [this.#key], args));
    } catch (error) {
      throw asScriptError(NAME, error);
    }
  }

  /** The value and its fence; undefined when nobody has written yet. @throws {ScriptError} as `write` does. */
  async read(): Promise<Fenced | undefined> {
    let reply: unknown;
    try {
      reply = await this.#client.send('HMGET', [this.#key, 'value', 'fence']);
    } catch (error) {
      throw asScriptError(NAME, error);
    }
    const [value, fence] = Array.isArray(reply) ? reply.map((each) => textOf(each)) : [];
    return typeof value !== 'string' || typeof fence !== 'string'
      ? undefined
      : {value, fence: Number(fence)};
  }
}
