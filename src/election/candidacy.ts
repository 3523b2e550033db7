import {LeadershipEndedError, type Ending} from './leadership-ended-error.js';

/** One run for the leadership, and the term that may come of it: it ends once, for one reason. */
export class Candidacy {
  readonly #election: string;
  readonly #campaign: AbortSignal;
  readonly #controller = new AbortController();
  readonly #onStop = (): void => this.end('stopped', this.#campaign.reason);

  /** It ends with the campaign at the latest. */
  constructor(election: string, campaign: AbortSignal) {
    this.#election = election;
    this.#campaign = campaign;
    campaign.addEventListener('abort', this.#onStop);
    if (campaign.aborted) this.#onStop();
  }

  /** Aborts at the end, with a {@link LeadershipEndedError}. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  end(ending: Ending, cause?: unknown): void {
    if (this.signal.aborted) return;
    this.#campaign.removeEventListener('abort', this.#onStop);
    const options = cause === undefined ? undefined : {cause};
    this.#controller.abort(new LeadershipEndedError(this.#election, ending, options));
  }
}
