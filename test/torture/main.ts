import {parseArgs} from 'node:util';

import {real} from './real.js';
import {SUBJECTS} from './subjects.js';
import {virtual} from './virtual.js';

const {values} = parseArgs({
  options: {
    real: {type: 'boolean', default: false},
    minutes: {type: 'string', default: '3'},
    seed: {type: 'string', default: process.env['SEED']},
    seeds: {type: 'string'},
    subject: {type: 'string', default: 'ours'},
    scenario: {type: 'string'},
    peers: {type: 'boolean', default: false},
  },
});

function numberOf(name: 'minutes' | 'seed' | 'seeds', byDefault = 0): number {
  const value = Number(values[name] ?? byDefault);
  if (Number.isFinite(value) && value >= 0) return value;
  throw new RangeError(`Expected \`--${name}\` to be a number from 0, got ${values[name]}`);
}

async function main(): Promise<boolean> {
  if (!values.real) {
    // A seed that is named is run alone.
    const seeds = numberOf('seeds', values.seed === undefined ? 100_000 : 1);
    return virtual({seed: Math.floor(numberOf('seed', 1)), seeds});
  }
  if (!(values.subject in SUBJECTS)) {
    const names = Object.keys(SUBJECTS).join(', ');
    throw new RangeError(`Expected \`--subject\` to be one of ${names}, got ${values.subject}`);
  }
  return real({
    minutes: numberOf('minutes'),
    seed: Math.floor(numberOf('seed', Date.now() % 1_000_000)),
    subjects: values.peers ? Object.keys(SUBJECTS) : [values.subject],
    scenario: values.scenario,
  });
}

try {
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
