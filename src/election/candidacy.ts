import {onAbort} from '../on-abort.js';
import {LeadershipEndedError, type Ending} from './leadership-ended-error.js';

/** One run for the leadership, and the term that may come of it: it ends once, for one reason. */
export class Candidacy {
  readonly #election: string;
  readonly #controller = new AbortController();
  readonly #leaveCampaign: () => void;

  /** It ends with the campaign at the latest. */
  constructor(election: string, campaign: AbortSignal) {
    this.#election = election;
    const stop = (): void => this.end('stopped', campaign.reason);
    this.#leaveCampaign = onAbort(campaign, stop);
    if (campaign.aborted) stop();
  }

  /** Aborts at the end, with a {@link LeadershipEndedError}. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  end(ending: Ending, cause?: unknown): void {
    if (this.signal.aborted) return;
    this.#leaveCampaign();
    const options = cause === undefined ? undefined : {cause};
    this.#controller.abort(new LeadershipEndedError(this.#election, ending, options));
  }
}
