import {LuaError, typeOf, type LuaValue} from './values.js';

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const HEX = /^[+-]?0[xX][\da-fA-F]+$/;
const INFINITE = /^[+-]?inf(?:inity)?$/i;

/** The number that a text stands for, as C reads it; undefined when it is none. */
export function numberOf(text: string): number | undefined {
  const trimmed = text.trim();
  if (DECIMAL.test(trimmed)) return Number(trimmed);
  const sign = trimmed.startsWith('-') ? -1 : 1;
  if (HEX.test(trimmed)) return sign * Number(trimmed.replace(/^[+-]/, ''));
  if (INFINITE.test(trimmed)) return sign * Infinity;
  return /^[+-]?nan$/i.test(trimmed) ? Number.NaN : undefined;
}

/** A number, or a text that stands for one. */
export function toNumber(value: LuaValue): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' ? numberOf(value) : undefined;
}

/** A number to calculate with. @throws {LuaError} */
export function operand(value: LuaValue): number {
  const number = toNumber(value);
  if (number === undefined) {
    throw new LuaError(`attempt to perform arithmetic on a ${typeOf(value)} value`);
  }
  return number;
}

/** The text of a number in `precision` digits, as `%g` of C writes it. */
export function general(number: number, precision: number): string {
  if (!Number.isFinite(number)) return notFinite(number);
  if (number === 0) return Object.is(number, -0) ? '-0' : '0';
  const digits = Math.max(precision, 1) - 1;
  const [mantissa = '', exponent = '0'] = number.toExponential(digits).split('e');
  const power = Number(exponent);
  if (power >= -4 && power < precision) return stripped(fixed(number, precision - 1 - power));
  const [exact = ''] = number.toExponential(EXACT).split('e');
  const shown = stripped(halfToEven(mantissa, exact, digits));
  return `${shown}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}

// As many digits as can be asked for. What lies halfway between two texts of few digits has far fewer itself.
const EXACT = 100;

/** The text of a number with so many digits behind the point. */
export function fixed(number: number, digits: number): string {
  if (Math.abs(number) >= 1e21)
    return BigInt(number) + (digits > 0 ? '.'.padEnd(digits + 1, '0') : '');
  return halfToEven(number.toFixed(digits), number.toFixed(EXACT), digits);
}

/** Of two texts that are equally near, C takes the one with the even last digit, and JavaScript the larger one. */
function halfToEven(rounded: string, exact: string, digits: number): string {
  const end = exact.indexOf('.') + 1 + digits;
  const cut = exact.slice(0, end).replace(/\.$/, '');
  return /^50*$/.test(exact.slice(end)) && /[02468]$/.test(cut) ? cut : rounded;
}

/** `inf`, `-inf` or `nan`. */
export const notFinite = (number: number): string =>
  Number.isNaN(number) ? 'nan' : `${number < 0 ? '-' : ''}inf`;

/** The text that Lua makes of a number. */
export const textOfNumber = (number: number): string =>
  Number.isInteger(number) && Math.abs(number) < 1e14 && !Object.is(number, -0)
    ? String(number)
    : general(number, 14);

const stripped = (digits: string): string =>
  digits.includes('.') ? digits.replace(/\.?0+$/, '') : digits;
