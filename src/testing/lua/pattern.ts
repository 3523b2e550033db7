import {LuaError} from './values.js';

const CLASSES: Readonly<Record<string, string>> = {
  a: 'a-zA-Z',
  c: '\\x00-\\x1f\\x7f',
  d: '0-9',
  l: 'a-z',
  p: '!-\\/:-@\\[-`{-~',
  s: '\\s',
  u: 'A-Z',
  w: 'a-zA-Z0-9',
  x: '0-9a-fA-F',
  z: '\\x00',
};

const patterns = new Map<string, RegExp>();

/** The regular expression that means what a pattern of Lua means. @throws {LuaError} for `%b`, `%f` and `%1` */
export function regExpOf(pattern: string): RegExp {
  let known = patterns.get(pattern);
  if (known === undefined) {
    known = new RegExp(translated(pattern), 'gs');
    patterns.set(pattern, known);
  }
  known.lastIndex = 0;
  return known;
}

function translated(pattern: string): string {
  let source = '';
  let index = 0;
  if (pattern.startsWith('^')) {
    source = '^';
    index = 1;
  }
  while (index < pattern.length) {
    const char = pattern.charAt(index);
    if (char === '$' && index === pattern.length - 1) return `${source}$`;
    if (char === '(' || char === ')') {
      source += char === '(' && pattern.charAt(index + 1) === ')' ? refuse('()') : char;
      index += 1;
      continue;
    }
    const end = endOfItem(pattern, index);
    source += item(pattern.slice(index, end));
    index = end;
    const quantifier = pattern.charAt(index);
    if (quantifier !== '' && '*+?-'.includes(quantifier)) {
      source += quantifier === '-' ? '*?' : quantifier;
      index += 1;
    }
  }
  return source;
}

function endOfItem(pattern: string, start: number): number {
  const char = pattern.charAt(start);
  if (char === '%') return start + 2;
  if (char !== '[') return start + 1;
  let index = start + 1;
  if (pattern.charAt(index) === '^') index += 1;
  // The first one is a member of the set.
  if (pattern.charAt(index) === ']') index += 1;
  while (pattern.charAt(index) !== ']') {
    if (index >= pattern.length) throw new LuaError("malformed pattern (missing ']')");
    index += pattern.charAt(index) === '%' ? 2 : 1;
  }
  return index + 1;
}

function item(text: string): string {
  if (text.startsWith('%')) return escaped(text.charAt(1), false);
  if (text === '.') return '[\\s\\S]';
  if (!text.startsWith('[') || text.length === 1) return quoted(text);
  const isNegated = text.charAt(1) === '^';
  let inside = '';
  for (let index = isNegated ? 2 : 1; index < text.length - 1; index += 1) {
    const char = text.charAt(index);
    if (char === '%') {
      index += 1;
      inside += escaped(text.charAt(index), true);
    } else {
      inside += char === '-' ? '-' : quoted(char);
    }
  }
  return `[${isNegated ? '^' : ''}${inside}]`;
}

function escaped(char: string, isInSet: boolean): string {
  const members = CLASSES[char.toLowerCase()];
  if (members === undefined) return /[a-z\d]/i.test(char) ? refuse(`%${char}`) : quoted(char);
  const isNegated = char !== char.toLowerCase();
  if (isInSet) return isNegated ? refuse(`[%${char}]`) : members;
  return `[${isNegated ? '^' : ''}${members}]`;
}

const quoted = (char: string): string => char.replace(/[\\^$.*+?()[\]{}|\-/]/g, '\\$&');

function refuse(what: string): never {
  throw new LuaError(`the memory node does not know ${what} in a pattern`);
}
