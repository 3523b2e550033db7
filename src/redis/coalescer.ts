import {hashTagOf} from './hash-tag.js';
import type {Question} from './question.js';
import {isLone} from './telling.js';

// A script holds up the whole server; a key costs it some 2 µs.
const MOST_KEYS = 128;

// What is asked in one turn goes out in so many batches, unless it is little: while a server is at one of them, the client
// can be at the answers to another. Where several nodes are asked the same, their answers come one after the other anyway.
const BATCHES = 4;
const LEAST_KEYS = 32;

// What is asked beyond that goes out in the turns that follow, so that nothing else is held up for long.
const MOST_PER_TURN = 1000;

/**
 * Gathers what is asked of a node in one turn of the event loop, and hands it on in batches, in the order in which it was
 * asked.
 */
export class Coalescer {
  readonly #send: (questions: readonly Question[]) => void;
  readonly #batches: number;
  /** Whether the keys of one batch must share a hash slot. */
  isCluster: boolean;
  #turn: Question[] = [];
  /** What must not stand in line: a lock that is not extended in time is lost. */
  #urgent: Question[] = [];

  /** `nodes` is how many are asked the same. */
  constructor(isCluster: boolean, nodes: number, send: (questions: readonly Question[]) => void) {
    this.isCluster = isCluster;
    this.#batches = Math.max(1, Math.round(BATCHES / nodes));
    this.#send = send;
  }

  add(question: Question): void {
    // Not before what was asked in this turn until now.
    if (isLone(question.ask.script)) {
      process.nextTick(this.#send, [question]);
      return;
    }
    // After all that this turn's promises have to say, and before anything else is waited for.
    if (this.#turn.length + this.#urgent.length === 0) process.nextTick(this.#endTurn);
    (question.ask.script === 'extend' ? this.#urgent : this.#turn).push(question);
  }

  readonly #endTurn = (): void => {
    const turn = this.#takeTurn();
    for (const together of this.isCluster ? bySlot(turn) : [turn]) {
      for (const few of inBatches(together, this.#batches)) this.#send(few);
    }
  };

  #takeTurn(): readonly Question[] {
    const all = this.#urgent.length === 0 ? this.#turn : [...this.#urgent, ...this.#turn];
    this.#urgent = [];
    this.#turn = all.length <= MOST_PER_TURN ? [] : all.slice(MOST_PER_TURN);
    if (this.#turn.length === 0) return all;
    setImmediate(this.#endTurn);
    return all.slice(0, MOST_PER_TURN);
  }
}

function bySlot(turn: readonly Question[]): Iterable<readonly Question[]> {
  const slots = new Map<string, Question[]>();
  for (const question of turn) {
    const tag = hashTagOf(question.ask.keys[0] ?? '');
    const slot = slots.get(tag);
    if (slot === undefined) slots.set(tag, [question]);
    else slot.push(question);
  }
  return slots.values();
}

function* inBatches(turn: readonly Question[], batches: number): Generator<readonly Question[]> {
  let from = 0;
  let keys = 0;
  const mostKeys = mostKeysOf(turn, batches);
  for (const [index, {ask}] of turn.entries()) {
    if (index > from && keys + ask.keys.length > mostKeys) {
      yield turn.slice(from, index);
      from = index;
      keys = 0;
    }
    keys += ask.keys.length;
  }
  yield from === 0 ? turn : turn.slice(from);
}

/** How large the batches of a turn are. For extensions nobody waits, so those go in as few as may be. */
function mostKeysOf(turn: readonly Question[], batches: number): number {
  let keys = 0;
  for (const {ask} of turn) if (ask.script !== 'extend') keys += ask.keys.length;
  if (keys === 0) return MOST_KEYS;
  return Math.min(Math.max(Math.ceil(keys / batches), LEAST_KEYS), MOST_KEYS);
}
