import {hashTagOf} from './hash-tag.js';
import type {RedisClient} from './client.js';
import {isReply, runScript, type Script} from './run-script.js';
import {acquire, batch, extend, raise, release} from './scripts.generated.js';

/** The scripts of a lease, which may travel together. */
export type LeaseScript = 'acquire' | 'extend' | 'raise' | 'release';

const SCRIPTS: Readonly<Record<LeaseScript, Script>> = {acquire, extend, raise, release};

/** One thing that is asked of a server, and who is told the answer. */
export interface Asked {
  readonly script: LeaseScript;
  readonly keys: readonly string[];
  readonly args: readonly string[];
  readonly resolve: (reply: unknown) => void;
  readonly reject: (error: unknown) => void;
  /** Told when it is about to be sent. */
  readonly onSend: () => void;
  /** False once nobody waits for the answer any more. */
  readonly isWanted: () => boolean;
}

// A script holds up the whole server; a key costs it some 5 µs. And while the server is at one batch, the client can be
// at the answers to another.
const MOST_KEYS = 64;

// What is asked beyond that goes out in the turns that follow, so that nothing else is held up for long.
const MOST_PER_TURN = 1000;

/**
 * Sends what is asked of a server in one turn of the event loop as one script call, in the order in which it was asked.
 *
 * Each is answered on its own, as if it had been sent alone; the only one of its turn is sent alone.
 */
export class Coalescer {
  readonly #client: RedisClient;
  /** Whether the keys of one call must share a hash slot. */
  #isCluster: boolean;
  #turn: Asked[] = [];
  /** What must not stand in line: a lock that is not extended in time is lost. */
  #urgent: Asked[] = [];

  constructor(client: RedisClient, isCluster: boolean) {
    this.#client = client;
    this.#isCluster = isCluster;
  }

  ask(asked: Asked): void {
    // After all that this turn's promises have to say, and before anything else is waited for.
    if (this.#turn.length + this.#urgent.length === 0) process.nextTick(this.#endTurn);
    (asked.script === 'extend' ? this.#urgent : this.#turn).push(asked);
  }

  readonly #endTurn = (): void => {
    const turn = this.#takeTurn();
    for (const asked of turn) asked.onSend();
    for (const together of this.#isCluster ? bySlot(turn) : [turn]) {
      for (const few of inBatches(together)) void this.#send(few);
    }
  };

  #takeTurn(): readonly Asked[] {
    const all = this.#urgent.length === 0 ? this.#turn : [...this.#urgent, ...this.#turn];
    this.#urgent = [];
    this.#turn = all.length <= MOST_PER_TURN ? [] : all.slice(MOST_PER_TURN);
    if (this.#turn.length === 0) return all;
    setImmediate(this.#endTurn);
    return all.slice(0, MOST_PER_TURN);
  }

  #send(few: readonly Asked[]): Promise<void> {
    const [first] = few;
    return first !== undefined && few.length === 1
      ? this.#sendAlone(first)
      : this.#sendTogether(few);
  }

  #sendAlone({script, keys, args, resolve, reject, isWanted}: Asked): Promise<void> {
    return runScript(this.#client, SCRIPTS[script], keys, args, isWanted).then(resolve, reject);
  }

  async #sendTogether(together: readonly Asked[]): Promise<void> {
    const keys: string[] = [];
    const args: string[] = [];
    for (const asked of together) {
      keys.push(...asked.keys);
      args.push(asked.script, String(asked.keys.length), String(asked.args.length), ...asked.args);
    }
    try {
      const areWanted = (): boolean => together.every(({isWanted}) => isWanted());
      const replies = await runScript(this.#client, batch, keys, args, areWanted);
      for (const [index, asked] of together.entries()) answer(asked, replies, index);
    } catch (error) {
      this.#isCluster ||= isReply(error, 'CROSSSLOT');
      // Refused as a whole, before anything was done: for the sake of one key, or because some were given up on.
      const isRefused = ['CROSSSLOT', 'NOPERM', 'NOSCRIPT'].some((code) => isReply(error, code));
      for (const asked of together) {
        if (isRefused && asked.isWanted()) void this.#sendAlone(asked);
        else asked.reject(error);
      }
    }
  }
}

function bySlot(turn: readonly Asked[]): Iterable<readonly Asked[]> {
  const slots = new Map<string, Asked[]>();
  for (const asked of turn) {
    const tag = hashTagOf(asked.keys[0] ?? '');
    const slot = slots.get(tag);
    if (slot === undefined) slots.set(tag, [asked]);
    else slot.push(asked);
  }
  return slots.values();
}

function* inBatches(turn: readonly Asked[]): Generator<readonly Asked[]> {
  let from = 0;
  let keys = 0;
  for (const [index, asked] of turn.entries()) {
    if (index > from && keys + asked.keys.length > MOST_KEYS) {
      yield turn.slice(from, index);
      from = index;
      keys = 0;
    }
    keys += asked.keys.length;
  }
  yield from === 0 ? turn : turn.slice(from);
}

function answer(asked: Asked, replies: unknown, index: number): void {
  const own: unknown = Array.isArray(replies) ? replies[index] : undefined;
  const [status, reply]: readonly unknown[] = Array.isArray(own)
    ? own
    : [0, 'no answer in the batch'];
  if (Number(status) === 1) asked.resolve(reply);
  else asked.reject(new Error(String(reply)));
}
