import type {Ask} from './ask.js';
import type {AcquireCall, Vote} from './scripts.js';

/** What those in line say of their locker. */
export interface Alive {
  readonly locker: string;
  /** For how long its places are alive without another word; 0 to stand in no line. */
  readonly aliveMs: number;
  /** When this was sent, on the locker's clock. */
  readonly sentAt: number;
}

/** Yes with the fence, or no with the time in ms until the holder's key ends, and whether the locker was known. */
export type Entered = Vote<number, {readonly waitMs: number; readonly isKnown: boolean}>;

/** How a line stands. */
export interface Seen {
  /** The token that has the lock now; empty when none has. */
  readonly holder: string;
  /** For how long the holder has it, if it does nothing. */
  readonly waitMs: number;
  /** False when the places of the locker may be gone. */
  readonly isKnown: boolean;
}

/** Takes the lock, or a place in its line. Granted again, with all its time, to its own token. */
export const enter = (
  call: AcquireCall,
  ttlMs: number,
  {locker, aliveMs, sentAt}: Alive,
): Ask<Entered> => ({
  script: 'enter',
  keys: call.line?.keys ?? [],
  args: [
    String(ttlMs + call.lockDelayMs),
    String(call.fenceTtlMs),
    ...call.names.channels,
    locker,
    String(aliveMs),
    String(sentAt),
    call.token,
    call.line?.place ?? '',
  ],
  timeoutMs: call.nodeTimeoutMs,
  unless: call,
  read: toEntered,
});

function toEntered(reply: unknown): Entered {
  const [status, value = NaN, known] = Array.isArray(reply) ? reply.map(Number) : [];
  if (status === 0) return {vote: 'no', value: {waitMs: toWaitMs(value), isKnown: known === 1}};
  if (status === 1 && Number.isSafeInteger(value) && value > 0) return {vote: 'yes', value};
  throw new Error('the answer gives no usable fence');
}

/** Says that those of a locker who stand in line are alive. */
export const attend = (call: AcquireCall, {locker, aliveMs, sentAt}: Alive): Ask<Seen> => ({
  script: 'attend',
  keys: call.line?.keys ?? [],
  args: [String(call.fenceTtlMs), ...call.names.channels, locker, String(aliveMs), String(sentAt)],
  timeoutMs: call.nodeTimeoutMs,
  read: toSeen,
});

function toSeen(reply: unknown): Seen {
  const [isKnown, holder, waitMs]: unknown[] = Array.isArray(reply) ? reply : [];
  return {isKnown: Number(isKnown) === 1, holder: String(holder), waitMs: toWaitMs(Number(waitMs))};
}

const toWaitMs = (leftMs: number): number => (leftMs === -1 ? Infinity : Math.max(1, leftMs));
