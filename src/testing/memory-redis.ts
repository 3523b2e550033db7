import {randomBytes} from 'node:crypto';

import type {Clocks, Listening, RedisClient} from '../index.js';
import type {Commands, Server} from './memory/command.js';
import {hashCommands} from './memory/hashes.js';
import {keyCommands} from './memory/keys.js';
import {Keyspace, type Snapshot} from './memory/keyspace.js';
import {listCommands} from './memory/lists.js';
import {ReplyError, Status, type Reply} from './memory/reply.js';
import {Scripts} from './memory/scripts.js';
import {serverCommands} from './memory/server.js';
import {setCommands} from './memory/sets.js';
import {sortedSetCommands} from './memory/sorted-sets.js';
import {stringCommands} from './memory/strings.js';

export interface MemoryRedisOptions {
  /** The time by which keys end. @defaultValue that of the machine */
  readonly clock?: Pick<Clocks, 'wall'>;
}

export interface MemoryRestartOptions {
  /** Whether what was stored is there again. @defaultValue false */
  readonly keepData?: boolean;
  /** What is there instead: the node has rolled back to an older state. */
  readonly data?: Snapshot;
}

const COMMANDS: Commands = {
  ...keyCommands,
  ...stringCommands,
  ...hashCommands,
  ...listCommands,
  ...setCommands,
  ...sortedSetCommands,
  ...serverCommands,
};

type Answer = (reply: Error | Reply) => void;

/** One who listens to a channel. */
interface Listener {
  readonly onMessage: (message?: string) => void;
  onHeard: (() => void) | undefined;
}

/**
 * A Redis in the memory of this process, to test with: give it to a `Locker` or to the utilities as a client.
 *
 * It runs the same scripts as a server does, with the package luaparse, and knows the commands that are of use in
 * scripts; one that it does not know is refused as a server would. Nothing is stored for good, and nothing is sent.
 */
export class MemoryRedis implements RedisClient {
  readonly #wall: () => number;
  readonly #keys: Keyspace;
  readonly #scripts: Scripts;
  readonly #server: Server;
  readonly #channels = new Map<string, Set<Listener>>();
  #runId = newRunId();
  #state: 'up' | 'paused' | 'down' = 'up';
  #messages: (() => void)[] = [];
  #waiting: {readonly run: () => void; readonly answer: Answer}[] = [];
  /** In whole milliseconds; it stands still while a command runs. */
  #now = 0;

  constructor({clock}: MemoryRedisOptions = {}) {
    this.#wall = clock === undefined ? () => Date.now() : () => clock.wall();
    this.#keys = new Keyspace(() => this.#now);
    this.#scripts = new Scripts((command, args) => this.#plain(command, args));
    this.#server = {
      keys: this.#keys,
      publish: (channel, message) => this.#publish(channel, message),
      listeners: (channel) => this.#channels.get(channel)?.size ?? 0,
      microseconds: () => Math.floor(this.#wall() * 1000),
      runId: () => this.#runId,
    };
  }

  /** Runs one command. @throws {Error} with the text of a server, or when the node is down. */
  send(command: string, args: string[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.handle(command, args, (reply) => {
        if (reply instanceof Error) reject(reply);
        else resolve(reply);
      });
    });
  }

  /** Hears a channel from now on. It calls back too when the node is back after it was down. */
  listen(channel: string, onMessage: (message?: string) => void): Listening {
    const listeners = this.#channels.get(channel) ?? new Set();
    this.#channels.set(channel, listeners);
    const listener: Listener = {onMessage, onHeard: undefined};
    const heard = new Promise<void>((resolve) => {
      listener.onHeard = resolve;
    });
    listeners.add(listener);
    if (this.#state === 'up') listener.onHeard?.();
    return {
      heard,
      stop: () => {
        listeners.delete(listener);
        if (listeners.size === 0 && this.#channels.get(channel) === listeners) {
          this.#channels.delete(channel);
        }
      },
    };
  }

  /** Ends it as a crash does: who asks gets an error until {@link MemoryRedis.restart}, and scripts are forgotten. */
  kill(): void {
    this.#state = 'down';
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const {answer} of waiting) answer(connectionClosed());
  }

  /** Brings it back, empty unless `keepData` or `data` says otherwise. Those who listen are called back. */
  restart({keepData = false, data}: MemoryRestartOptions = {}): void {
    if (this.#state !== 'down') this.kill();
    this.#tick();
    if (data !== undefined) this.#keys.restore(data);
    else if (!keepData) this.#keys.clear();
    this.#scripts.clear();
    this.#runId = newRunId();
    this.#state = 'up';
    for (const {onHeard, onMessage} of this.#listeners()) {
      onHeard?.();
      onMessage();
    }
  }

  /** It takes in what is sent and answers nothing, until {@link MemoryRedis.resume}. */
  pause(): void {
    if (this.#state === 'up') this.#state = 'paused';
  }

  /** Does what was sent in the meantime, in that order. */
  resume(): void {
    if (this.#state !== 'paused') return;
    this.#state = 'up';
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const {run} of waiting) run();
    for (const {onHeard} of this.#listeners()) onHeard?.();
  }

  /** What is stored now, for {@link MemoryRedis.restart} to roll back to. */
  snapshot(): Snapshot {
    return this.#keys.snapshot();
  }

  /** How many listen to any channel. */
  get listenerCount(): number {
    return this.#listeners().length;
  }

  /** @internal Takes a command in, and answers at once or when it can. */
  handle(command: string, args: readonly string[], answer: Answer): void {
    if (this.#state === 'down') {
      answer(connectionClosed());
      return;
    }
    const run = (): void => {
      const outcome = this.#outcome(command, args);
      this.#deliver();
      answer(outcome);
    };
    if (this.#state === 'paused') this.#waiting.push({run, answer});
    else run();
  }

  #outcome(command: string, args: readonly string[]): Error | Reply {
    this.#tick();
    try {
      return plainReply(this.#execute(command.toUpperCase(), args.map(toBytes)));
    } catch (error) {
      if (error instanceof Error) return error;
      throw error;
    }
  }

  #tick(): void {
    this.#now = Math.floor(this.#wall());
  }

  #execute(command: string, args: readonly string[]): Reply {
    if (command === 'EVALSHA') return this.#scripts.evalsha(args);
    if (command === 'EVAL') return this.#scripts.eval(args);
    if (command === 'SCRIPT') return this.#scripts.script(args);
    return this.#plain(command, args);
  }

  /** A command that scripts may use too. */
  #plain(name: string, args: readonly string[]): Reply {
    const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (command === undefined) {
      const listed = args.map((arg) => `'${arg}' `).join('');
      throw new ReplyError(`ERR unknown command '${name}', with args beginning with: ${listed}`);
    }
    if (args.length < command.least || args.length > command.most) {
      throw new ReplyError(`ERR wrong number of arguments for '${name.toLowerCase()}' command`);
    }
    return command.run(this.#server, args);
  }

  #publish(channel: string, message: string): number {
    const listeners = this.#channels.get(channel) ?? new Set();
    const text = toText(message);
    for (const listener of listeners) this.#messages.push(() => listener.onMessage(text));
    return listeners.size;
  }

  /** Nobody is told in the middle of a script. */
  #deliver(): void {
    const messages = this.#messages;
    if (messages.length === 0) return;
    this.#messages = [];
    for (const message of messages) message();
  }

  #listeners(): readonly Listener[] {
    return [...this.#channels.values()].flatMap((listeners) => Array.from(listeners));
  }
}

const newRunId = (): string => randomBytes(20).toString('hex');

const connectionClosed = (): Error => new Error('Connection is closed.');

/** The bytes of a text, one in each character, as scripts see them. */
const toBytes = (text: string): string =>
  isAscii(text) ? text : Buffer.from(text, 'utf8').toString('latin1');

const toText = (bytes: string): string =>
  isAscii(bytes) ? bytes : Buffer.from(bytes, 'latin1').toString('utf8');

// eslint-disable-next-line no-control-regex -- that is what ASCII is
const isAscii = (text: string): boolean => /^[\0-\x7F]*$/.test(text);

/** What a client makes of a reply. */
function plainReply(reply: Reply): Reply {
  if (typeof reply === 'string') return toText(reply);
  if (reply instanceof Status) return reply.text;
  if (reply instanceof ReplyError || reply === null || typeof reply === 'number') return reply;
  return reply.map((each) => plainReply(each));
}
