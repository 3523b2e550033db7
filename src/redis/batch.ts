import type {Ask} from './ask.js';
import type {Batch, Question} from './question.js';
import {handingOver} from './scripts.js';
import {tellingOf, type HowToTell} from './telling.js';

/** Puts a batch into words; in those that another node was told, if it was asked the same, as most are. */
export function batchOf(questions: readonly Question[], how: HowToTell): Batch {
  const [first] = questions;
  const known = first?.batch;
  if (known?.how === how && areSame(known.questions, questions)) return known;
  const batch = {questions, how, ...inWords(inOneCall(questions), how)};
  if (first !== undefined) first.batch = batch;
  return batch;
}

const areSame = (some: readonly unknown[], others: readonly unknown[]): boolean =>
  some.length === others.length && some.every((each, index) => each === others[index]);

/**
 * The keys of a batch, and all the rest of it as one text, told in runs of questions of one kind: a client and a server
 * are much faster at one long argument than at many short ones.
 */
function inWords(
  asks: readonly Ask<unknown>[],
  how: HowToTell,
): {readonly keys: readonly string[]; readonly text: string} {
  const keys: string[] = [];
  const fields: (string | number)[] = [];
  for (let from = 0; from < asks.length;) {
    const ask = asks[from];
    if (ask === undefined) break;
    const {tells, shared} = tellingOf(ask.script);
    const to = endOfRun(asks, from, shared);
    fields.push(ask.script, to - from, ask.keys.length);
    fields.push(tells ? shared + 1 : shared, ask.args.length - shared);
    if (tells) fields.push(how);
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
function inOneCall(questions: readonly Question[]): readonly Ask<unknown>[] {
  const asks = questions.map(({ask}) => ask);
  if (!asks.some(isRelease) || !asks.some(isAcquisition)) return asks;
  const takers = new Map<string, Ask<unknown>>();
  for (let index = asks.length - 1; index >= 0; index -= 1) {
    const ask = asks[index];
    const [lock] = ask?.keys ?? [];
    if (ask === undefined || lock === undefined) continue;
    if (isAcquisition(ask)) takers.set(lock, ask);
    if (!isRelease(ask)) continue;
    const taker = takers.get(lock);
    if (taker !== undefined) asks[index] = handingOver(ask, taker);
  }
  return asks;
}

const isAcquisition = ({script}: Ask<unknown>): boolean => script === 'acquire';
const isRelease = ({script}: Ask<unknown>): boolean => script === 'release';

function endOfRun(asks: readonly Ask<unknown>[], from: number, shared: number): number {
  const first = asks[from];
  let to = from + 1;
  for (; to < asks.length; to += 1) {
    const next = asks[to];
    if (first === undefined || next === undefined || !isAlike(first, next, shared)) break;
  }
  return to;
}

function isAlike(a: Ask<unknown>, b: Ask<unknown>, shared: number): boolean {
  if (a.script !== b.script || a.keys.length !== b.keys.length) return false;
  if (a.args.length !== b.args.length) return false;
  for (let index = 0; index < shared; index += 1) {
    if (a.args[index] !== b.args[index]) return false;
  }
  return true;
}

// What a line of the answer says instead of a number when the reply is another.
const OTHER = '*';

// How that tells an error from a reply: none of these scripts replies with a text that begins like that.
const FAILED = '-';

/** Makes of the answer of a batch what each of its scripts has replied. */
export function repliesOf({questions}: Batch, answer: unknown): readonly unknown[] {
  const [text, base, ...others]: unknown[] = Array.isArray(answer) ? answer : [];
  if (typeof text !== 'string') return [];
  let other = 0;
  return text.split('\n').map((line, index) => {
    if (line === OTHER) return unpacked(others[other++]);
    const ask = questions[index]?.ask;
    // Of what was taken it says by how much the fence is more than the base.
    const hasFence = ask !== undefined && isAcquisition(ask);
    return hasFence ? [1, Number(base) + Number(line)] : Number(line);
  });
}

const unpacked = (reply: unknown): unknown =>
  typeof reply === 'string' && reply.startsWith(FAILED) ? new Error(reply.slice(1)) : reply;
