import type {Ask} from './ask.js';
import {batchOf, repliesOf} from './batch.js';
import type {RedisClient} from './client.js';
import type {Question} from './question.js';
import {isReply, runScript} from './run-script.js';
import {batch} from './scripts.generated.js';
import {tellingOf, type HowToTell} from './telling.js';

/** Asks a node questions in one script call: one alone as it is, several as a batch. Resolves to a reply for each of them. */
export async function callScript(
  client: RedisClient,
  questions: readonly Question[],
  node: number,
): Promise<readonly unknown[]> {
  const isWanted = (): boolean => questions.every((each) => isStillWanted(each, node));
  const how = client.hearsSharded === true ? 'SPUBLISH' : 'PUBLISH';
  const [first] = questions;
  if (first !== undefined && questions.length === 1) {
    const {ask} = first;
    const {script} = tellingOf(ask.script);
    return [await runScript(client, script, ask.keys, argumentsOf(ask, how), isWanted)];
  }
  const told = batchOf(questions, how);
  return repliesOf(told, await runScript(client, batch, told.keys, [told.text], isWanted));
}

/** What a script is given besides the keys, when it runs alone. */
export const argumentsOf = ({script, args}: Ask<unknown>, how: HowToTell): readonly string[] =>
  tellingOf(script).tells ? [how, ...args] : args;

/** Whether it is of use to ask it of this node again. */
export const isStillWanted = (question: Question, node: number): boolean =>
  !question.isOver(node) && question.ask.unless?.isFreed !== true;

/** Whether a batch was refused as a whole, before anything was done: for the sake of one key, or because some are over. */
export const isRefusal = (error: unknown): boolean =>
  ['CROSSSLOT', 'NOPERM', 'NOSCRIPT'].some((code) => isReply(error, code));
