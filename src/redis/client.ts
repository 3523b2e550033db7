/**
 * All that the library asks of a Redis client: a way to send one command.
 *
 * Any object of this shape will do (Bun's `redis` as it is), beside the clients that are known by their own.
 */
export interface RedisClient {
  /**
   * Sends one command. Resolves to the server's reply: a number, a string, null, or an array of these.
   * Rejects with an `Error` whose message is the server's text when the server answers with an error.
   */
  send(command: string, args: string[]): Promise<unknown>;

  /**
   * Hears a channel, on a connection of its own, and calls back for each message, and without one when some may have been
   * missed.
   * Without it, those who wait for a lock ask now and then instead of being told.
   */
  listen?(channel: string, onMessage: (message?: string) => void): Listening;

  /**
   * Whether this is a client of a Cluster whose `listen` hears sharded messages (`SSUBSCRIBE`) as well as ordinary ones, on
   * channels with a hash tag. Then notices are sent by `SPUBLISH`, which spares the other servers. @defaultValue false
   */
  readonly hearsSharded?: boolean;

  /**
   * Names the keys that hold a string and begin with a text, a few in each step, and perhaps some of them more than once.
   * Without it, `SCAN` is sent; a client of several servers has to ask each of those that have keys of their own.
   */
  scan?(prefix: string): AsyncIterable<readonly string[]>;
}

/** A channel that is being heard, or about to be. */
export interface Listening {
  /** Resolves once every message that follows will be heard; rejects when that cannot be. */
  readonly heard: Promise<unknown>;
  /** Ends it, also before it is heard. */
  readonly stop: () => void;
}
