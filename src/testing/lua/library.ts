import {fixed, general, notFinite, operand, textOfNumber, toNumber} from './numbers.js';
import {regExpOf} from './pattern.js';
import {isTrue, LuaError, LuaTable, typeOf, type LuaFunction, type LuaValue} from './values.js';

/** The text of any value. */
export function textOf(value: LuaValue): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return textOfNumber(value);
  if (typeof value === 'object' || typeof value === 'function') return `${typeOf(value)}: 0x1`;
  return value === undefined ? 'nil' : String(value);
}

/** What every script finds. */
export function standardLibrary(): Record<string, LuaValue> {
  return {...basics, string: STRINGS, math: maths(), table: tables()};
}

function tableOf(value: LuaValue): LuaTable {
  if (value instanceof LuaTable) return value;
  throw new LuaError(`bad argument (table expected, got ${typeOf(value)})`);
}

function textArgument(value: LuaValue): string {
  if (typeof value === 'string' || typeof value === 'number') return textOf(value);
  throw new LuaError(`bad argument (string expected, got ${typeOf(value)})`);
}

const numberArgument = (value: LuaValue, byDefault?: number): number =>
  value === undefined && byDefault !== undefined ? byDefault : operand(value);

const countUp: LuaFunction = (table, index) => {
  const next = operand(index) + 1;
  const value = tableOf(table).get(next);
  return value === undefined ? [undefined] : [next, value];
};

const next: LuaFunction = (table, key) => {
  let isNext = key === undefined;
  for (const each of tableOf(table).keys()) {
    if (isNext) return [each, tableOf(table).get(each)];
    isNext = each === key;
  }
  return [undefined];
};

const basics: Readonly<Record<string, LuaFunction>> = {
  type: (value) => [typeOf(value)],
  tostring: (value) => [textOf(value)],
  tonumber: (value, base) => {
    if (base === undefined || base === 10) return [toNumber(value)];
    const digits = Number.parseInt(textArgument(value).trim(), operand(base));
    return [Number.isNaN(digits) ? undefined : digits];
  },
  ipairs: (table) => [countUp, tableOf(table), 0],
  pairs: (table) => [next, tableOf(table), undefined],
  next,
  select: (which, ...values) => {
    if (which === '#') return [values.length];
    // Below 0 it counts from the end, as `slice` does.
    const at = operand(which);
    return values.slice(at < 0 ? at : at - 1);
  },
  unpack: (table, from, to) => {
    const values: LuaValue[] = [];
    const last = numberArgument(to, tableOf(table).length);
    for (let index = numberArgument(from, 1); index <= last; index += 1) {
      values.push(tableOf(table).get(index));
    }
    return values;
  },
  error: (value) => {
    throw new LuaError(value);
  },
  assert: (...values) => {
    if (isTrue(values[0])) return values;
    throw new LuaError(values.length > 1 ? values[1] : 'assertion failed!');
  },
  pcall: (called, ...args) => {
    if (typeof called !== 'function') return [false, `attempt to call a ${typeOf(called)} value`];
    try {
      return [true, ...called(...args)];
    } catch (error) {
      if (error instanceof LuaError) return [false, error.value];
      throw error;
    }
  },
};

const computed =
  (compute: (...numbers: readonly number[]) => number): LuaFunction =>
  (...values) => [compute(...values.map((value) => operand(value)))];

const maths = (): LuaTable =>
  LuaTable.of({
    abs: computed(Math.abs),
    ceil: computed(Math.ceil),
    floor: computed(Math.floor),
    fmod: computed((a = 0, b = 0) => a % b),
    huge: Infinity,
    max: computed(Math.max),
    min: computed(Math.min),
    pow: computed(Math.pow),
    sqrt: computed(Math.sqrt),
  });

const tables = (): LuaTable =>
  LuaTable.of({
    insert: (table, ...rest) => {
      const list = tableOf(table);
      const at = rest.length > 1 ? operand(rest[0]) : list.length + 1;
      for (let index = list.length; index >= at; index -= 1) list.set(index + 1, list.get(index));
      list.set(at, rest.at(-1));
      return [];
    },
    remove: (table, place) => {
      const list = tableOf(table);
      const at = numberArgument(place, list.length);
      const removed = list.get(at);
      for (let index = at; index <= list.length; index += 1) list.set(index, list.get(index + 1));
      return [removed];
    },
    concat: (table, separator = '', from, to) => {
      const list = tableOf(table);
      const last = numberArgument(to, list.length);
      const texts: string[] = [];
      for (let index = numberArgument(from, 1); index <= last; index += 1) {
        texts.push(textArgument(list.get(index)));
      }
      return [texts.join(textArgument(separator))];
    },
    getn: (table) => [tableOf(table).length],
  });

/** From 1, and from the end when it is below 0, as Lua counts places in a text. */
const placeIn = (text: string, place: number): number =>
  place < 0 ? Math.max(text.length + place, 0) : Math.max(place - 1, 0);

const find: LuaFunction = (where, what, from, isPlain) => {
  const text = textArgument(where);
  const start = placeIn(text, numberArgument(from, 1));
  if (isTrue(isPlain)) {
    const at = text.indexOf(textArgument(what), start);
    return at < 0 ? [undefined] : [at + 1, at + textArgument(what).length];
  }
  const match = matchAt(text, textArgument(what), start);
  if (match === null) return [undefined];
  const at = start + match.index;
  return [at + 1, at + match[0].length, ...match.slice(1)];
};

const matchAt = (text: string, pattern: string, start: number): RegExpExecArray | null =>
  regExpOf(pattern).exec(text.slice(start));

function substituted(
  text: string,
  pattern: string,
  replacement: LuaValue,
  most: number,
): [string, number] {
  let count = 0;
  const result = text.replaceAll(regExpOf(pattern), (...match: string[]) => {
    if (count >= most) return match[0] ?? '';
    count += 1;
    // Behind the captures stand the place and the whole text.
    const groups = match.slice(1, -2);
    const first = groups[0] ?? match[0];
    if (typeof replacement === 'function')
      return orWhole(replacement(...(groups.length > 0 ? groups : [match[0]]))[0], match[0]);
    if (replacement instanceof LuaTable) return orWhole(replacement.get(first), match[0]);
    return textArgument(replacement).replaceAll(/%(.)/gs, (_, char: string) => {
      if (char === '0') return match[0] ?? '';
      return /\d/.test(char) ? (match[Number(char)] ?? first ?? '') : char;
    });
  });
  return [result, count];
}

const orWhole = (value: LuaValue, whole = ''): string =>
  isTrue(value) ? textArgument(value) : whole;

/** Puts something else in the place of each match. */
function replaceEach(
  text: string,
  pattern: RegExp,
  replacement: (match: RegExpExecArray) => string,
): string {
  let result = '';
  let from = 0;
  for (const match of text.matchAll(pattern)) {
    result += text.slice(from, match.index) + replacement(match);
    from = match.index + match[0].length;
  }
  return result + text.slice(from);
}

const DIRECTIVE = /%(?<flags>[-+ #0]*)(?<width>\d*)(?:\.(?<precision>\d*))?(?<kind>[a-zA-Z%])/g;

const format: LuaFunction = (pattern, ...values) => {
  let used = 0;
  const text = replaceEach(textArgument(pattern), DIRECTIVE, ({groups = {}}) => {
    const {flags = '', width = '', precision, kind = ''} = groups;
    if (kind === '%') return '%';
    const value = values[used];
    used += 1;
    if (used > values.length)
      throw new LuaError(`bad argument #${used + 1} to 'format' (no value)`);
    const digits = precision === undefined ? undefined : Number(precision);
    const body = formatted(kind, value, digits);
    const signed = flags.includes('+') && kind !== 's' && !body.startsWith('-') ? `+${body}` : body;
    if (flags.includes('-')) return signed.padEnd(Number(width));
    if (!flags.includes('0') || kind === 's') return signed.padStart(Number(width));
    const sign = /^[+-]?/.exec(signed)?.[0] ?? '';
    return sign + signed.slice(sign.length).padStart(Number(width) - sign.length, '0');
  });
  return [text];
};

function formatted(kind: string, value: LuaValue, precision: number | undefined): string {
  if (kind === 's') return textArgument(value).slice(0, precision);
  const number = operand(value);
  if (kind === 'c') return String.fromCodePoint(number);
  if (!Number.isFinite(number)) return notFinite(number);
  if (kind === 'd' || kind === 'i' || kind === 'u') return whole(number);
  if (kind === 'x') return BigInt(Math.trunc(number)).toString(16);
  if (kind === 'X') return BigInt(Math.trunc(number)).toString(16).toUpperCase();
  if (kind === 'f') return fixed(number, precision ?? 6);
  if (kind === 'g') return general(number, precision ?? 6);
  throw new LuaError(`invalid option '%${kind}' to 'format'`);
}

const whole = (number: number): string => BigInt(Math.trunc(number)).toString();

/** The library of texts, which texts also have as methods. */
export const STRINGS: LuaTable = LuaTable.of({
  find,
  format,
  len: (text) => [textArgument(text).length],
  lower: (text) => [textArgument(text).toLowerCase()],
  upper: (text) => [textArgument(text).toUpperCase()],
  rep: (text, count) => [textArgument(text).repeat(Math.max(0, operand(count)))],
  reverse: (text) => [textArgument(text).split('').toReversed().join('')],
  byte: (text, from, to) => {
    const first = numberArgument(from, 1);
    const last = numberArgument(to, first);
    const bytes = textArgument(text).slice(
      placeIn(textArgument(text), first),
      last < 0 ? undefined : last,
    );
    return bytes.split('').map((char) => char.codePointAt(0));
  },
  char: (...codes) => [codes.map((code) => String.fromCodePoint(operand(code))).join('')],
  sub: (value, from, to) => {
    const text = textArgument(value);
    const last = numberArgument(to, -1);
    return [
      text.slice(placeIn(text, numberArgument(from, 1)), last < 0 ? text.length + last + 1 : last),
    ];
  },
  match: (value, pattern, from) => {
    const text = textArgument(value);
    const match = matchAt(text, textArgument(pattern), placeIn(text, numberArgument(from, 1)));
    if (match === null) return [undefined];
    return match.length > 1 ? match.slice(1) : [match[0]];
  },
  gmatch: (value, pattern) => {
    const matches = textArgument(value).matchAll(regExpOf(textArgument(pattern)));
    return [
      () => {
        const {done, value: match} = matches.next();
        if (done === true || match === undefined) return [undefined];
        return match.length > 1 ? match.slice(1) : [match[0]];
      },
    ];
  },
  gsub: (value, pattern, replacement, most) =>
    substituted(
      textArgument(value),
      textArgument(pattern),
      replacement,
      numberArgument(most, Infinity),
    ),
});
