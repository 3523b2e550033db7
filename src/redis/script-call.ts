import type {Ask, Asker, LeaseScript, LoneScript} from './ask.js';
import type {RedisClient} from './client.js';
import {handingOver} from './scripts.js';
import {isReply, runScript, type Script} from './run-script.js';
import {
  acquire,
  announce,
  attend,
  batch,
  enter,
  extend,
  forceRelease,
  inspect,
  leave,
  pass,
  raise,
  release,
} from './scripts.generated.js';

/** One thing asked of one node. */
export interface Question {
  readonly ask: Ask<unknown>;
  readonly asker: Asker<unknown>;
  /** Whether the answer has come, or is not waited for any more. */
  isOver: boolean;
}

type HowToTell = 'PUBLISH' | 'SPUBLISH';

/** How a script is told what it needs. */
interface Telling {
  readonly script: Script;
  /** Whether it tells something, or counts who would hear it. Then its first argument is how. */
  readonly tells: boolean;
  /** How many of the arguments after that are the same for all locks of one kind, so that a batch need not repeat them. */
  readonly shared: number;
}

const LONE: Readonly<Record<LoneScript, Telling>> = {
  announce: {script: announce, tells: true, shared: 0},
  forceRelease: {script: forceRelease, tells: true, shared: 0},
  inspect: {script: inspect, tells: true, shared: 0},
};

const SCRIPTS: Readonly<Record<LeaseScript | LoneScript, Telling>> = {
  ...LONE,
  acquire: {script: acquire, tells: false, shared: 2},
  extend: {script: extend, tells: true, shared: 2},
  leave: {script: leave, tells: true, shared: 1},
  raise: {script: raise, tells: false, shared: 1},
  release: {script: release, tells: true, shared: 2},
  enter: {script: enter, tells: true, shared: 2},
  attend: {script: attend, tells: true, shared: 1},
  pass: {script: pass, tells: true, shared: 1},
};

/** Sends questions as one script call: one alone as it is, several as a batch. Resolves to a reply for each of them. */
export async function callScript(
  client: RedisClient,
  questions: readonly Question[],
): Promise<readonly unknown[]> {
  const isWanted = (): boolean => questions.every(isStillWanted);
  const [first] = questions;
  if (first !== undefined && questions.length === 1) {
    const {script} = SCRIPTS[first.ask.script];
    const args = argumentsOf(first.ask, howToTell(client));
    return [await runScript(client, script, first.ask.keys, args, isWanted)];
  }
  const {keys, text} = batchOf(questions, howToTell(client));
  const replies = await runScript(client, batch, keys, [text], isWanted);
  return Array.isArray(replies) ? replies.map(unpacked) : [];
}

const howToTell = ({hearsSharded = false}: RedisClient): HowToTell =>
  hearsSharded ? 'SPUBLISH' : 'PUBLISH';

/** What a script is given besides the keys, when it runs alone. */
export const argumentsOf = ({script, args}: Ask<unknown>, how: HowToTell): readonly string[] =>
  SCRIPTS[script].tells ? [how, ...args] : args;

/** Whether it must not be put in a batch. */
export const isLone = ({ask}: Question): boolean => ask.script in LONE;

/** Whether it is of use to ask it again. */
export const isStillWanted = ({ask, isOver}: Question): boolean =>
  !isOver && ask.unless?.isFreed !== true;

/** Whether a batch was refused as a whole, before anything was done: for the sake of one key, or because some are over. */
export const isRefusal = (error: unknown): boolean =>
  ['CROSSSLOT', 'NOPERM', 'NOSCRIPT'].some((code) => isReply(error, code));

/**
 * The keys of a batch, and all the rest of it as one text, told in runs of questions of one kind: a client and a server
 * are much faster at one long argument than at many short ones.
 */
function batchOf(questions: readonly Question[], how: HowToTell): {keys: string[]; text: string} {
  const asks = inOneCall(questions);
  const keys: string[] = [];
  const fields: (string | number)[] = [];
  for (let from = 0; from < asks.length;) {
    const to = endOfRun(asks, from);
    const ask = asks[from];
    if (ask === undefined) break;
    const {tells, shared} = SCRIPTS[ask.script];
    const hows = tells ? [how] : [];
    fields.push(ask.script, to - from, ask.keys.length, hows.length + shared);
    fields.push(ask.args.length - shared, ...hows);
    for (let index = 0; index < shared; index += 1) fields.push(ask.args[index] ?? '');
    for (; from < to; from += 1) {
      const {keys: itsKeys, args: itsArgs} = asks[from] ?? ask;
      for (const key of itsKeys) keys.push(key);
      for (let index = shared; index < itsArgs.length; index += 1)
        fields.push(itsArgs[index] ?? '');
    }
  }
  return {keys, text: fields.join('\n')};
}

/** What is asked together. A release says so where the same locks are taken again behind it. */
function inOneCall(questions: readonly Question[]): Ask<unknown>[] {
  const asks = questions.map(({ask}) => ask);
  const takers = new Map<string, Ask<unknown>>();
  for (let index = asks.length - 1; index >= 0; index -= 1) {
    const ask = asks[index];
    const [lock] = ask?.keys ?? [];
    if (ask === undefined || lock === undefined) continue;
    if (ask.script === 'acquire') takers.set(lock, ask);
    if (ask.script !== 'release') continue;
    const taker = takers.get(lock);
    if (taker !== undefined) asks[index] = handingOver(ask, taker);
  }
  return asks;
}

function endOfRun(asks: readonly Ask<unknown>[], from: number): number {
  const first = asks[from];
  let to = from + 1;
  for (; to < asks.length; to += 1) {
    const next = asks[to];
    if (first === undefined || next === undefined || !isAlike(first, next)) break;
  }
  return to;
}

function isAlike(a: Ask<unknown>, b: Ask<unknown>): boolean {
  if (a.script !== b.script || a.keys.length !== b.keys.length) return false;
  if (a.args.length !== b.args.length) return false;
  for (let index = 0; index < SCRIPTS[a.script].shared; index += 1) {
    if (a.args[index] !== b.args[index]) return false;
  }
  return true;
}

// How a batch tells an error from a reply: no reply of these scripts is a text that begins like that.
const FAILED = '-';

const unpacked = (reply: unknown): unknown =>
  typeof reply === 'string' && reply.startsWith(FAILED) ? new Error(reply.slice(1)) : reply;
