import {createHash} from 'node:crypto';
import {clientOf, type SupportedClient} from '../redis/client-of.js';
import type {RedisClient} from '../redis/client.js';
import {runScript, type Script} from '../redis/run-script.js';
import {Arguments} from './arguments.js';

/**
 * Runs Lua scripts by name, in one command each when the server knows them.
 *
 * Nothing about the server is remembered between calls, so a restart, a fail-over and `SCRIPT FLUSH` need no care. What
 * the client rejects with reaches the caller unchanged.
 */
export class ScriptManager {
  readonly #client: RedisClient;
  readonly #scripts = new Map<string, Script>();
  readonly #loads = new Map<Script, Promise<string>>();

  /** @throws {TypeError} when the client is of no kind that the library knows. */
  constructor(client: SupportedClient) {
    this.#client = clientOf(client);
  }

  /**
   * Gives a script a name. The same name again replaces it. Nothing is sent.
   *
   * @throws {TypeError} when an argument is no string.
   * @throws {RangeError} when one is empty.
   */
  register(name: string, script: string): void {
    const check = new Arguments('register');
    check.name('name', name);
    check.name('script', script);

    const sha1 = createHash('sha1').update(script).digest('hex');
    this.#scripts.set(name, {sha1, text: script});
  }

  /**
   * Loads a script into the server's cache, and resolves to its SHA-1. Loads of one script at a time share a command.
   *
   * It spares the first call its second command, and is never needed: `exec` works without.
   *
   * @throws {Error} `Script not found: NAME`.
   */
  async load(name: string): Promise<string> {
    return this.#load(this.#scriptOf(name));
  }

  /** Loads all scripts at once, one command each. Rejects with the first error. */
  async loadAll(): Promise<void> {
    await Promise.all([...this.#scripts.values()].map((script) => this.#load(script)));
  }

  /**
   * Runs a script and resolves to its raw reply.
   *
   * Sends `EVALSHA`, and `EVAL` if the server does not know the script; after any other error nothing is sent again.
   *
   * @throws {TypeError} when `keys` or `args` are not arrays of strings.
   * @throws {Error} `Script not found: NAME`.
   */
  async exec(name: string, keys: string[], args: string[]): Promise<unknown> {
    const check = new Arguments('exec');
    check.texts('keys', keys);
    check.texts('args', args);
    return runScript(this.#client, this.#scriptOf(name), keys, args);
  }

  #scriptOf(name: string): Script {
    const script = this.#scripts.get(name);
    if (script === undefined) throw new Error(`Script not found: ${name}`);
    return script;
  }

  #load(script: Script): Promise<string> {
    const running = this.#loads.get(script);
    if (running !== undefined) return running;
    const load = this.#sendLoad(script);
    this.#loads.set(script, load);
    const forget = (): boolean => this.#loads.delete(script);
    load.then(forget, forget);
    return load;
  }

  async #sendLoad({sha1, text}: Script): Promise<string> {
    await this.#client.send('SCRIPT', ['LOAD', text]);
    return sha1;
  }
}
