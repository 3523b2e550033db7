import {constants} from 'node:os';

import {EXIT} from '../exit-codes.js';

/** Signals that are meant for the command, and are passed on to it. */
const PASSED = [
  'SIGINT',
  'SIGTERM',
  'SIGHUP',
  'SIGQUIT',
  'SIGUSR1',
  'SIGUSR2',
  'SIGWINCH',
  'SIGTSTP',
  'SIGCONT',
] as const;

/** What a person or the system may send to this program, as long as it listens. */
export type PassedSignal = (typeof PASSED)[number];

/** Those that ask this program to end when no command runs yet that could be asked. */
const ENDING: ReadonlySet<string> = new Set(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']);

/** Hears the signals that are sent to this program, for as long as something is done. */
export async function withSignals<T>(use: (signals: Signals) => Promise<T>): Promise<T> {
  const signals = new Signals();
  try {
    return await use(signals);
  } finally {
    signals.stop();
  }
}

/** The signals that are sent to this program. */
export class Signals {
  readonly #ended = new AbortController();
  readonly #hear: (name: PassedSignal) => void;
  #receiver: ((name: PassedSignal) => void) | undefined;
  #last: PassedSignal | undefined;

  constructor() {
    this.#hear = (name) => {
      if (this.#receiver !== undefined) return this.#receiver(name);
      if (name === 'SIGTSTP') return stopHere();
      this.heed(name);
    };
    for (const name of PASSED) process.on(name, this.#hear);
  }

  /** Aborts when this program is asked to end and nobody else receives that, or whoever does wants it heeded. */
  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  /** That of a program which a signal has ended: 128 and its number. */
  get exitCode(): number {
    return EXIT.signal + constants.signals[this.#last ?? 'SIGTERM'];
  }

  /** Gives what follows to somebody else, until told `undefined`. */
  passTo(receiver: ((name: PassedSignal) => void) | undefined): void {
    this.#receiver = receiver;
  }

  /** Ends this program, if that is what the signal asks for. */
  heed(name: PassedSignal): void {
    if (!ENDING.has(name)) return;
    this.#last ??= name;
    this.#ended.abort();
  }

  /** Leaves them to whoever had them before. */
  stop(): void {
    for (const name of PASSED) process.off(name, this.#hear);
  }
}

/** Stops this process as Ctrl-Z does, until somebody continues it. */
export function stopHere(): void {
  process.kill(process.pid, 'SIGSTOP');
}
