import {NodeError} from '../errors.js';
import {clientOf, isCluster, refuseKeyPrefix, type SupportedClient} from './client-of.js';
import type {RedisClient} from './client.js';
import {Coalescer, type LeaseScript} from './coalescer.js';

/** One independent Redis: a server, a Sentinel group or a whole Cluster. */
export class Node {
  readonly #client: RedisClient;
  readonly #coalescer: Coalescer;

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
   * Runs a script, together with what else is asked in this turn, and stops waiting for it after `timeoutMs`.
   *
   * The clients' own time limits are of no use here: they are somebody else's setting, and with all of them the
   * command still runs later. So whoever gets an error must reckon with the command having run, or running yet.
   *
   * A server that does not know the script yet is sent it once more, but not when its `wish` is over by then: the
   * release of what it would take may have come there before.
   *
   * @throws {NodeError} and nothing else.
   */
  run(
    script: LeaseScript,
    keys: readonly string[],
    args: readonly string[],
    timeoutMs: number,
    wish?: {readonly isOver: boolean},
  ): Promise<unknown> {
    return this.#within(timeoutMs, (resolve, reject, isAwaited) => {
      const isWanted = (): boolean => isAwaited() && wish?.isOver !== true;
      this.#coalescer.ask({script, keys, args, resolve, reject, isWanted});
    });
  }

  /** Hears a channel, if the client can. */
  get listen(): RedisClient['subscribe'] {
    return this.#client.subscribe?.bind(this.#client);
  }

  /** The `run_id` of the server behind this node; undefined where it does not say. */
  async runId(timeoutMs: number): Promise<string | undefined> {
    const info = await this.#within(timeoutMs, (resolve, reject) => {
      this.#client.send('INFO', ['server']).then(resolve, reject);
    });
    return /^run_id:(\w+)/m.exec(String(info))?.[1];
  }

  #within(timeoutMs: number, ask: Executor): Promise<unknown> {
    return new Promise((resolve, reject) => {
      let isOver = false;
      const fail = (cause: unknown): void => {
        isOver = true;
        clearTimeout(timer);
        reject(new NodeError(this.index, cause));
      };
      const timer = setTimeout(
        () => fail(new Error(`no answer within ${timeoutMs} ms`)),
        timeoutMs,
      );
      try {
        ask(
          (reply) => {
            clearTimeout(timer);
            resolve(reply);
          },
          fail,
          () => !isOver,
        );
      } catch (error) {
        fail(error);
      }
    });
  }
}

type Executor = (
  resolve: (reply: unknown) => void,
  reject: (cause: unknown) => void,
  isAwaited: () => boolean,
) => void;
