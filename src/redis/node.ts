import {NodeError} from '../errors.js';
import {clientOf, isCluster, refuseKeyPrefix, type SupportedClient} from './client-of.js';
import type {RedisClient} from './client.js';
import {Coalescer, type LeaseScript} from './coalescer.js';
import {NodePatience} from './node-patience.js';
import {parseScriptError} from './parse-script-error.js';

/** One independent Redis: a server, a Sentinel group or a whole Cluster. */
export class Node {
  readonly #client: RedisClient;
  readonly #coalescer: Coalescer;
  #heardAt = -Infinity;

  constructor(
    /** Its place in the list that the locker was given, from 0. */
    readonly index: number,
    client: SupportedClient,
  ) {
    this.#client = clientOf(client);
    refuseKeyPrefix(client);
    this.#coalescer = new Coalescer(this.#client, isCluster(client));
  }

  /**
   * Runs a script, together with what else is asked in this turn, and stops waiting for it when the node has been silent
   * for `timeoutMs`.
   *
   * The clients' own time limits are of no use here: they are somebody else's setting, and with all of them the
   * command still runs later. So whoever gets an error must reckon with the command having run, or running yet.
   *
   * A script that is not wanted any more when the node turns out not to know it is not sent again.
   *
   * @throws {NodeError} and nothing else.
   */
  run(
    script: LeaseScript,
    keys: readonly string[],
    args: readonly string[],
    timeoutMs: number,
    isWanted: () => boolean = () => true,
  ): Promise<unknown> {
    return this.#within(timeoutMs, (resolve, patience) => {
      this.#coalescer.ask({
        script,
        keys,
        args,
        resolve,
        reject: (cause) => patience.giveUp(cause),
        onSend: () => patience.start(),
        isWanted: () => !patience.isOver && isWanted(),
      });
    });
  }

  /** Hears a channel, if the client can. */
  get listen(): RedisClient['listen'] {
    return this.#client.listen?.bind(this.#client);
  }

  /** The `run_id` of the server behind this node; undefined where it does not say. */
  async runId(timeoutMs: number): Promise<string | undefined> {
    const info = await this.#within(timeoutMs, (resolve, patience) => {
      patience.start();
      this.#client.send('INFO', ['server']).then(resolve, (cause) => patience.giveUp(cause));
    });
    return /^run_id:(\w+)/m.exec(String(info))?.[1];
  }

  #within(timeoutMs: number, ask: Executor): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const patience = new NodePatience(
        timeoutMs,
        () => this.#heardAt,
        (cause) => {
          reject(new NodeError(this.index, cause, replyCodeOf(cause)));
        },
      );
      const answered = (reply: unknown): void => {
        this.#heardAt = performance.now();
        patience.end();
        resolve(reply);
      };
      try {
        ask(answered, patience);
      } catch (error) {
        patience.giveUp(error);
      }
    });
  }
}

type Executor = (resolve: (reply: unknown) => void, patience: NodePatience) => void;

function replyCodeOf(cause: unknown): string | undefined {
  const parsed = cause instanceof Error ? parseScriptError(cause.message) : null;
  // What a server says when a user may run the script, and not a command in it.
  const isForbidden = parsed?.message.startsWith("The user executing the script can't") === true;
  return isForbidden ? 'NOPERM' : parsed?.code;
}
