export type {HealthCheck} from './health.js';
export type {Leader} from './leader.js';
export {LeaderElection, type ElectionLocker, type Leading} from './leader-election.js';
export {LeadershipEndedError, type Ending} from './leadership-ended-error.js';
export type {CampaignOptions, LeaderElectionOptions} from './options.js';
export type {Term} from './term.js';
