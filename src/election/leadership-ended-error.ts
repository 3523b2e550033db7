import {HoldfastError} from '../index.js';

/** How a term came to its end. */
export type Ending = keyof typeof TEXTS;

const TEXTS = {
  finished: 'its callback has returned',
  resigned: 'it resigned',
  stopped: 'the campaign was stopped',
  unhealthy: 'it is not healthy',
  unconfirmed: 'it could not be confirmed, and little time is left',
  lost: 'the lock was lost',
} as const;

/** A term has ended, or is about to and its callback has to end first. It is the `reason` of {@link Term.signal}. */
export class LeadershipEndedError extends HoldfastError {
  override readonly name = 'LeadershipEndedError';
  readonly code = 'ERR_LEADERSHIP_ENDED';

  constructor(
    /** The name of the election. */
    readonly election: string,
    readonly ending: Ending,
    options?: ErrorOptions,
  ) {
    const why = options?.cause instanceof Error ? ` (${options.cause.message})` : '';
    super(`The leadership of ${JSON.stringify(election)} ended: ${TEXTS[ending]}${why}`, options);
  }
}
