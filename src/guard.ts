import {createHash} from 'node:crypto';

import {rangeError, typeError} from './check.js';
import {hashTagOf} from './redis/hash-tag.js';
import type {Node} from './redis/node.js';
import type {Script} from './redis/run-script.js';
import {guard, guardCommands} from './redis/scripts.generated.js';

/** A Redis command whose first argument is its one key. */
export type GuardedCommand = readonly [
  name: string,
  key: string,
  ...args: readonly (string | number)[],
];

/** What a guarded script is given. */
export interface GuardedInput {
  /** `KEYS` of the script. @defaultValue none */
  readonly keys?: readonly string[] | undefined;
  /** `ARGV` of the script. @defaultValue none */
  readonly args?: readonly (string | number)[] | undefined;
}

/** What a guard needs of its lock. */
export interface GuardParts {
  /** The node that has the lock; undefined where several vote. */
  readonly node: Node | undefined;
  readonly lockKeys: readonly string[];
  readonly token: string;
  /** For how long the lock still holds. @throws {LockLostError} when it does not. */
  remainingMs(): number;
  /** The node says that the lock is not ours. @throws {LockLostError} */
  refuse(): void;
}

// How a script takes its place in the one that guards it: on one line with the head, so that its lines keep their numbers.
const PLACE = '\n  -- @work\n';

/**
 * Runs Redis commands only while the lock is held: the server itself checks that, in the same script.
 *
 * What was sent by a holder that has lost the lock meanwhile is not done, however late it arrives. The keys must be on
 * the node of the lock, and on a Cluster in its hash slot.
 */
export class Guard {
  readonly #parts: GuardParts;

  /** @internal */
  constructor(parts: GuardParts) {
    this.#parts = parts;
  }

  /**
   * Does commands in their order, with nothing of others in between: `run([['SET', 'stock', 5], ['INCR', 'sold']])`.
   * The first argument of each must be its key; for commands that have several, use {@link Guard.eval}.
   *
   * @returns the reply to each command.
   * @throws {LockLostError} when the lock is not held; nothing has been done then.
   * @throws {NodeError} when a command fails: those before it are done, those after it are not. When there was no
   *   answer, nobody knows.
   * @throws {TypeError | RangeError} when an argument is not what it should be, or there are several nodes that vote;
   *   nothing has been sent then.
   */
  async run(commands: readonly GuardedCommand[]): Promise<readonly unknown[]> {
    checkCommands(commands);
    const keys = commands.map(([, key]) => key);
    const args = commands.flatMap(([name, , ...rest]) => [name, rest.length, ...rest]);
    const replies = await this.eval(guardCommands.text, {keys, args});
    return Array.isArray(replies) ? replies : [];
  }

  /**
   * Runs a Lua script, which finds its `KEYS` and `ARGV` as usual.
   *
   * @returns what the script returns.
   * @throws as {@link Guard.run} does.
   */
  async eval(script: string, input: GuardedInput = {}): Promise<unknown> {
    if (typeof script !== 'string') throw typeError('script', 'a Lua script', script);
    const {keys = [], args = []} = checkInput(input);
    const {node, lockKeys, token} = this.#parts;
    if (node === undefined) {
      throw new TypeError(
        'Expected one node for `guard`: where several vote, no single one of them knows who holds the lock',
      );
    }
    const timeoutMs = this.#parts.remainingMs();
    if (node.isCluster) checkSlots(keys, lockKeys);
    const reply = await node.script(
      guarded(script),
      [...lockKeys, ...keys],
      [token, String(lockKeys.length), ...args.map(String)],
      timeoutMs,
    );
    const [status, value = null]: readonly unknown[] = Array.isArray(reply) ? reply : [];
    if (Number(status) !== 1) this.#parts.refuse();
    return value;
  }
}

function guarded(script: string): Script {
  const text = guard.text.replace(PLACE, () => ` ${script}\n`);
  return {text, sha1: createHash('sha1').update(text).digest('hex')};
}

function checkCommands(commands: unknown): void {
  const expected = 'a list of commands, each a list of its name, its key and its arguments';
  if (!Array.isArray(commands)) throw typeError('commands', expected, commands);
  for (const command of commands) {
    if (!Array.isArray(command)) throw typeError('commands', expected, command);
    if (command.length < 2) throw rangeError('commands', expected, command);
    const [name, key, ...rest]: readonly unknown[] = command;
    for (const text of [name, key]) {
      if (typeof text !== 'string') throw typeError('commands', expected, text);
    }
    checkArguments('commands', rest);
  }
}

function checkInput(input: GuardedInput): GuardedInput {
  if (typeof input !== 'object' || input === null) throw typeError('input', 'an object', input);
  const {keys = [], args = []} = input;
  if (!Array.isArray(keys)) throw typeError('keys', 'a list of keys', keys);
  for (const key of keys)
    if (typeof key !== 'string') throw typeError('keys', 'a list of keys', key);
  if (!Array.isArray(args)) throw typeError('args', ARGUMENTS, args);
  checkArguments('args', args);
  return {keys, args};
}

const ARGUMENTS = 'a list of strings and finite numbers';

function checkArguments(name: string, args: readonly unknown[]): void {
  for (const each of args) {
    const isText = typeof each === 'string';
    if (!isText && typeof each !== 'number') throw typeError(name, ARGUMENTS, each);
    if (!isText && !Number.isFinite(each)) throw rangeError(name, ARGUMENTS, each);
  }
}

function checkSlots(keys: readonly string[], [lockKey = '']: readonly string[]): void {
  const tag = hashTagOf(lockKey);
  if (keys.every((key) => hashTagOf(key) === tag)) return;
  throw new RangeError(
    `Expected \`keys\` to have the hash tag of the lock's key, "{${tag}}", on a Cluster: a script runs in one slot`,
  );
}
