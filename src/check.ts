/** What a value is, in a few words, for a message. Never the text of a string, which may be a secret. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return value === '' ? 'an empty string' : 'a string';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

const message = (name: string, expected: string, got: unknown): string =>
  `Expected \`${name}\` to be ${expected}, got ${kindOf(got)}`;

/** The value is of the wrong type. */
export const typeError = (name: string, expected: string, got: unknown): TypeError =>
  new TypeError(message(name, expected, got));

/** The value is of the right type and outside of its range. */
export const rangeError = (name: string, expected: string, got: unknown): RangeError =>
  new RangeError(message(name, expected, got));

/** A whole number from `min` to `max`; `Infinity` too where that is the `max`. */
export function checkWhole(
  name: string,
  value: unknown,
  min: number,
  unit: string,
  max: number,
): asserts value is number {
  const isWhole = Number.isSafeInteger(value) || value === Infinity;
  if (typeof value === 'number' && isWhole && value >= min && value <= max) return;
  const upTo = max === Infinity ? ', or Infinity' : ` to ${max}`;
  const expected = `a whole number${unit} from ${min}${upTo}`;
  throw (typeof value === 'number' ? rangeError : typeError)(name, expected, value);
}

/** A plain object with no other properties than those named. */
export function checkOptions(value: unknown, known: readonly string[]): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw typeError('options', 'an object', value);
  }
  for (const name of Object.keys(value)) {
    if (!known.includes(name)) {
      throw new TypeError(`Expected \`options\` to have only ${known.join(', ')}, got \`${name}\``);
    }
  }
}
