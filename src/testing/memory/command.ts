import type {Keyspace} from './keyspace.js';
import {notAnInteger, ReplyError, type Reply} from './reply.js';

/** What commands reach besides keys. */
export interface Server {
  readonly keys: Keyspace;
  /** Tells a channel, and says how many heard it. */
  publish(channel: string, message: string): number;
  /** How many listen to a channel. */
  listeners(channel: string): number;
  /** The time of day in microseconds. */
  microseconds(): number;
  /** Other for each start of the server. */
  runId(): string;
}

/** A command: the least and the most arguments that it takes, and what it does. */
export interface Command {
  readonly least: number;
  readonly most: number;
  readonly run: (server: Server, args: readonly string[]) => Reply;
}

export type Commands = Readonly<Record<string, Command>>;

/** A command that takes so many arguments, or from so many to so many. */
export const command = (
  [least, most = least]: readonly [least: number, most?: number],
  run: (server: Server, args: Arguments) => Reply,
): Command => ({
  least,
  most,
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- the count is checked before it runs
  run: (server, args) => run(server, args as Arguments),
});

/** What a command gets; it takes no more of them by name than the least that it asks for. */
type Arguments = readonly [string, string, string, ...string[]];

/** Any number of arguments from here. */
export const MANY: number = Infinity;

/** A whole number in 64 bits. @throws {ReplyError} */
export function integer(text: string, refusal: () => ReplyError = notAnInteger): number {
  if (!/^-?(?:0|[1-9]\d{0,18})$/.test(text) || text === '-0') throw refusal();
  const exact = BigInt(text);
  if (exact !== BigInt.asIntN(64, exact)) throw refusal();
  return Number(text);
}

/** The sum of two texts that stand for whole numbers, exactly; the second has been checked. @throws {ReplyError} */
export function sum(text: string, by: string, refusal?: () => ReplyError): string {
  integer(text, refusal);
  const exact = BigInt(text) + BigInt(by);
  if (exact === BigInt.asIntN(64, exact)) return String(exact);
  throw new ReplyError('ERR increment or decrement would overflow');
}

/** Two by two. */
export function* pairs(items: readonly string[]): Generator<[string, string]> {
  for (let index = 0; index < items.length; index += 2) {
    yield [items[index] ?? '', items[index + 1] ?? ''];
  }
}

/** The part of a list between two places, which count from the end when they are below 0. */
export function range(from: string, to: string): <T>(items: readonly T[]) => T[] {
  const first = integer(from);
  const last = integer(to);
  return (items) => {
    const place = (number: number): number => (number < 0 ? items.length + number : number);
    return items.slice(Math.max(0, place(first)), Math.max(0, place(last) + 1));
  };
}
