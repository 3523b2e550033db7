import {NodeError} from '../errors.js';
import type {Ask} from './ask.js';
import {clientOf, isCluster, refuseKeyPrefix, type SupportedClient} from './client-of.js';
import type {RedisClient} from './client.js';
import {Coalescer} from './coalescer.js';
import {NodePatience} from './node-patience.js';
import {parseScriptError} from './parse-script-error.js';
import {LoneQuestion, type Question} from './question.js';
import {isReply, runScript, type Script} from './run-script.js';
import {scan} from './scan.js';
import {callScript, isRefusal, isStillWanted} from './script-call.js';

/** One independent Redis: a server, a Sentinel group or a whole Cluster. */
export class Node {
  readonly #client: RedisClient;
  readonly #coalescer: Coalescer;
  readonly #patience: NodePatience;

  constructor(
    /** Its place in the list that the locker was given, from 0. */
    readonly index: number,
    client: SupportedClient,
    /** The locker's clock. @defaultValue the machine's */
    now: () => number = () => performance.now(),
    /** How many nodes are asked the same. */
    nodes = 1,
  ) {
    this.#client = clientOf(client);
    refuseKeyPrefix(client);
    this.#patience = new NodePatience(now);
    const send = (questions: readonly Question[]): void => void this.#send(questions);
    this.#coalescer = new Coalescer(isCluster(client), nodes, send);
  }

  /**
   * Asks something, together with what else is asked in this turn, and says what comes of it: the answer, or an error when
   * the node has been silent for `timeoutMs`.
   *
   * The clients' own time limits are of no use here: they are somebody else's setting, and with all of them the
   * command still runs later. So whoever gets an error must reckon with the command having run, or running yet.
   */
  ask(question: Question): void {
    this.#coalescer.add(question);
  }

  /** Asks as {@link Node.ask} does. @throws {NodeError} and nothing else. */
  run<T>(ask: Ask<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.ask(new LoneQuestion(ask, resolve, reject));
    });
  }

  /**
   * Runs a script of its own, apart from what else is asked in this turn. Waits as {@link Node.ask} does.
   *
   * @throws {NodeError} and nothing else.
   */
  script(
    script: Script,
    keys: readonly string[],
    args: readonly string[],
    timeoutMs: number,
  ): Promise<unknown> {
    return this.#inTime(timeoutMs, (isWanted) =>
      runScript(this.#client, script, keys, args, isWanted),
    );
  }

  /** Whether it has ever answered. Before, a connection may have to be made. */
  get hasAnswered(): boolean {
    return this.#patience.hasHeard;
  }

  /** Whether the keys of one script must share a hash slot. */
  get isCluster(): boolean {
    return this.#coalescer.isCluster;
  }

  /** Hears a channel, if the client can. */
  get listen(): RedisClient['listen'] {
    return this.#client.listen?.bind(this.#client);
  }

  /** The `run_id` of the server behind this node; undefined where it does not say. @throws {NodeError} */
  async runId(timeoutMs: number): Promise<string | undefined> {
    const info = await this.#inTime(timeoutMs, () => this.#client.send('INFO', ['server']));
    return /^run_id:(\w+)/m.exec(String(info))?.[1];
  }

  /**
   * Names the keys that begin with a text, some in each step and perhaps some of them more than once.
   *
   * @throws {NodeError} and nothing else, also when a step takes longer than `timeoutMs`.
   */
  async *scan(
    prefix: string,
    timeoutMs: number,
  ): AsyncGenerator<readonly string[], void, undefined> {
    const keys =
      this.#client.scan?.(prefix) ??
      scan((command, args) => this.#client.send(command, args), prefix);
    const iterator = keys[Symbol.asyncIterator]();
    for (;;) {
      const step = await this.#inTime(timeoutMs, () => iterator.next());
      if (step.done === true) return;
      yield step.value;
    }
  }

  #inTime<T>(timeoutMs: number, send: (isWanted: () => boolean) => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      let isWanted = true;
      const fail = (cause: unknown): void => {
        isWanted = false;
        reject(this.#error(cause));
      };
      const end = this.#patience.start(timeoutMs, fail);
      const sending = this.#noted(() => send(() => isWanted));
      void sending.then(resolve, fail).finally(end);
    });
  }

  async #noted<T>(send: () => Promise<T>): Promise<T> {
    const value = await send();
    this.#patience.heard();
    return value;
  }

  async #send(questions: readonly Question[]): Promise<void> {
    const ends = this.#waitFor(questions);
    try {
      const replies = await callScript(this.#client, questions, this.index);
      this.#patience.heard();
      for (const [index, question] of questions.entries()) {
        if (index < replies.length) this.#answer(question, replies[index]);
        else this.#fail(question, new Error('no answer in the batch'));
      }
    } catch (error) {
      this.#coalescer.isCluster ||= isReply(error, 'CROSSSLOT');
      const isRefused = questions.length > 1 && isRefusal(error);
      for (const question of questions) {
        if (isRefused && isStillWanted(question, this.index)) void this.#send([question]);
        else this.#fail(question, error);
      }
    } finally {
      for (const end of ends) end();
    }
  }

  /** One wait for all that are to be waited for equally long, which mostly is one for all. */
  #waitFor(questions: readonly Question[]): readonly (() => void)[] {
    const times: number[] = [];
    for (const {ask} of questions) if (!times.includes(ask.timeoutMs)) times.push(ask.timeoutMs);
    return times.map((timeoutMs) =>
      this.#patience.start(timeoutMs, (cause) => {
        for (const question of questions) {
          if (question.ask.timeoutMs === timeoutMs) this.#fail(question, cause);
        }
      }),
    );
  }

  #answer(question: Question, reply: unknown): void {
    if (question.isOver(this.index)) return;
    let value: unknown;
    try {
      if (reply instanceof Error) throw reply;
      value = question.ask.read(reply);
    } catch (error) {
      this.#fail(question, error);
      return;
    }
    question.answered(this.index, value);
  }

  #fail(question: Question, cause: unknown): void {
    if (question.isOver(this.index)) return;
    question.failed(this.#error(cause));
  }

  #error(cause: unknown): NodeError {
    return new NodeError(this.index, cause, replyCodeOf(cause));
  }
}

function replyCodeOf(cause: unknown): string | undefined {
  const parsed = cause instanceof Error ? parseScriptError(cause.message) : null;
  // What a server says when a user may run the script, and not a command in it.
  const isForbidden = parsed?.message.startsWith("The user executing the script can't") === true;
  return isForbidden ? 'NOPERM' : parsed?.code;
}
