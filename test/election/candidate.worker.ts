// A process that campaigns: node candidate.worker.js '{"place": …, "ledger": …, "name": …, "ttlMs": …}'
import {Locker} from 'holdfast';
import {LeaderElection, type LeadershipEndedError, type Term} from 'holdfast/election';
import {Redis} from 'ioredis';
import {setTimeout as delay} from 'node:timers/promises';

import {connectTo, type Place} from '../locker/place.js';

export interface Candidature {
  readonly place: Place;
  /** Where the guarded log is. */
  readonly ledger: string;
  readonly name: string;
  readonly ttlMs: number;
}

// Takes no fence that is smaller than the last one, and keeps those that came too late apart.
const WRITE = `
local fence, last = tonumber(ARGV[1]), tonumber(redis.call('GET', KEYS[1]) or 0)
if fence < last then return redis.call('RPUSH', KEYS[3], fence) end
if fence > last then redis.call('RPUSH', KEYS[2], fence) end
redis.call('SET', KEYS[1], fence)
`;

const {place, ledger, name, ttlMs} = JSON.parse(process.argv[2] ?? '') as Candidature;
const book = new Redis(ledger);
const election = new LeaderElection(new Locker(connectTo(place)), name, {ttlMs, pauseMs: 0});
const say = (text: string): void => void process.stdout.write(`${text}\n`);

let current: Term | undefined;
process.on('SIGUSR2', () => void current?.resign().then(() => say('has resigned')));

await election.run(async (term) => {
  current = term;
  const {fence, signal} = term;
  signal.addEventListener('abort', () => {
    say(`told ${fence} ${(signal.reason as LeadershipEndedError).ending}`);
  });
  say(`leads ${fence}`);
  while (term.isLeader && !signal.aborted) {
    await book.eval(WRITE, 3, `last:${name}`, `fences:${name}`, `stale:${name}`, fence);
    await delay(5);
  }
  say(`checked ${fence} ${term.isLeader ? 'leads' : 'lost'}`);
});
