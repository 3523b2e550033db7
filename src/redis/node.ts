import {NodeError} from '../errors.js';
import type {RedisClient} from './client.js';
import {runScript, type Script} from './run-script.js';

/** One independent Redis: a server, a Sentinel group or a whole Cluster. */
export class Node {
  readonly #client: RedisClient;

  constructor(
    readonly index: number,
    client: RedisClient,
  ) {
    this.#client = client;
  }

  /**
   * Runs a script, and stops waiting for it after `timeoutMs`.
   *
   * The clients' own time limits are of no use here: they are somebody else's setting, and with all of them the
   * command still runs later. So whoever gets an error must reckon with the command having run, or running yet.
   *
   * @throws {NodeError} and nothing else.
   */
  run(
    script: Script,
    keys: readonly string[],
    args: readonly string[],
    timeoutMs: number,
  ): Promise<unknown> {
    return this.#guard(() => runScript(this.#client, script, keys, args), timeoutMs);
  }

  /** The `run_id` of the server behind this node; undefined where it does not say. */
  async runId(timeoutMs: number): Promise<string | undefined> {
    const info = await this.#guard(() => this.#client.send('INFO', ['server']), timeoutMs);
    return /^run_id:(\w+)/m.exec(String(info))?.[1];
  }

  async #guard(command: () => Promise<unknown>, timeoutMs: number): Promise<unknown> {
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`no answer within ${timeoutMs} ms`));
      }, timeoutMs);
    });
    try {
      return await Promise.race([command(), tooLate]);
    } catch (error) {
      throw new NodeError(this.index, error);
    } finally {
      clearTimeout(timer);
    }
  }
}
