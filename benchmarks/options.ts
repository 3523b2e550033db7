import {parseArgs} from 'node:util';

import type {Run} from './scenarios/scenario.js';

/** The command line of the benchmarks. */
export interface Options extends Run {
  /** The scenarios to run. @defaultValue all */
  readonly only: readonly string[] | undefined;
  /** Whether the packages to compare with are installed first. */
  readonly isInstalling: boolean;
  /** Whether the result is not to be kept. */
  readonly isPartial: boolean;
  /** Where the result is to be put, if anywhere. */
  readonly into: string | undefined;
}

const USAGE = `npm run bench -- [options]
  --only <scenario,…>      only these
  --subjects <name,…>      only these, and nothing is kept
  --rounds <number>        instead of what each scenario has as its default
  --quick                  tiny numbers, to see that everything works; nothing is kept
  --no-install             only the peers that are already there`;

/** Reads the command line. @throws {RangeError} */
export function optionsOf(args: readonly string[]): Options {
  const {values} = parseArgs({
    args: [...args],
    options: {
      only: {type: 'string'},
      subjects: {type: 'string'},
      rounds: {type: 'string'},
      quick: {type: 'boolean', default: false},
      'no-install': {type: 'boolean', default: false},
      into: {type: 'string'},
      help: {type: 'boolean', default: false},
    },
  });
  if (values.help) {
    process.stdout.write(`${USAGE}\n`);
    process.exit();
  }
  const asked = values.rounds === undefined ? undefined : Number(values.rounds);
  if (asked !== undefined && !(Number.isSafeInteger(asked) && asked > 0)) {
    throw new RangeError(`Expected --rounds to be a whole number from 1, got ${values.rounds}`);
  }
  const subjects = values.subjects?.split(',').map((name) => name.trim());
  const isPartial = values.quick || subjects !== undefined;
  return {
    only: values.only?.split(',').map((name) => name.trim()),
    isInstalling: !values['no-install'],
    isQuick: values.quick,
    isPartial,
    into: isPartial ? undefined : values.into,
    rounds: (byDefault) => asked ?? (values.quick ? 1 : byDefault),
    entering: (kinds) =>
      kinds.filter(({name, isThere}) => (subjects?.includes(name) ?? true) && isThere()),
  };
}
