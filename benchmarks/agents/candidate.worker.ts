// A process with candidates of an election: node candidate.worker.js '{"urls": …, "name": …, "ttlMs": …, "count": …}'
import {Locker} from 'holdfast';
import {LeaderElection} from 'holdfast/election';

import {connect} from '../measuring/nodes.js';
import {nowMs} from '../measuring/now.js';
import type {CandidateOptions, CandidateTold} from './candidates.js';

const {urls, name, ttlMs, count} = JSON.parse(process.argv[2] ?? '') as CandidateOptions;

let resign = (): void => {};
process.on('message', () => resign());
process.on('disconnect', () => process.exit());

const tell = (told: CandidateTold): void => void process.send?.(told);

/** Leads until it is told to resign, again and again. */
async function stand(): Promise<void> {
  const election = new LeaderElection(new Locker(connect(urls)), name, {ttlMs});
  await election.run(async ({signal}) => {
    tell({kind: 'leads', at: nowMs()});
    await new Promise<void>((resolve) => {
      resign = resolve;
      signal.addEventListener('abort', () => resolve());
    });
    tell({kind: 'resigns', at: nowMs()});
  });
}

await Promise.all(Array.from({length: count}, stand));
