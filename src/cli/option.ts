import {usageError} from './cli-error.js';
import {parseTime, TIMES} from './times.js';

/** Something that may be said on the command line: `--name value`, or `--name` alone. */
export interface Option<T> {
  readonly name: string;
  /** One letter. */
  readonly short?: string;
  /** What stands for the value in the help; a switch has none. */
  readonly placeholder?: string;
  readonly about: string;
  /** The value of what was given, one text each time. @throws {CliError} when that is none. */
  read(given: readonly string[]): T;
}

/** How an option is called and explained. */
export type Named = Pick<Option<unknown>, 'name' | 'short' | 'about' | 'placeholder'>;

/** On when it is there. */
export const flag = (named: Named): Option<boolean> => ({
  ...named,
  read: (given) => given.length > 0,
});

/** A text; when it is given more than once, the last one counts. */
export const text = (named: Named): Option<string | undefined> => ({
  placeholder: 'text',
  ...named,
  read: (given) => given.at(-1),
});

/** Any number of texts. */
export const texts = (named: Named): Option<readonly string[]> => ({
  placeholder: 'text',
  ...named,
  read: (given) => given,
});

/** A time with its unit, in milliseconds. */
export const time = (named: Named, least = 1): Option<number | undefined> => ({
  placeholder: 'time',
  ...named,
  read: (given) => {
    const value = given.at(-1);
    return value === undefined ? undefined : readTime(named.name, value, least);
  },
});

/** A whole number. */
export const whole = (named: Named, least: number, most: number): Option<number | undefined> => ({
  placeholder: 'number',
  ...named,
  read: (given) => {
    const value = given.at(-1);
    if (value === undefined) return undefined;
    if (/^\d+$/.test(value) && Number(value) >= least && Number(value) <= most) {
      return Number(value);
    }
    throw usageError(
      `Expected --${named.name} to be a whole number from ${least} to ${most}, got "${value}"`,
    );
  },
});

function readTime(name: string, value: string, least: number): number {
  const ms = parseTime(value);
  if (ms !== undefined && ms >= least) return ms;
  if (ms !== undefined) {
    throw usageError(`Expected --${name} to be at least ${least}ms, got "${value}"`);
  }
  const hint = /^\d+$/.test(value) ? `; did you mean ${value}s or ${value}ms?` : '';
  throw usageError(`Expected --${name} to be a time with a unit (${TIMES}), got "${value}"${hint}`);
}
