/** Where the header of a script and its body disagree. */
export function headerFaults(text, uses) {
  const header = /^(?:--.*\n)+/.exec(text)?.[0] ?? '';
  return [
    ...(/^-- [A-Z].*\./.test(header) ? [] : ['does not begin by saying what it does']),
    ...(/^-- Returns +\S/m.test(header) ? [] : ['does not say in its header what it returns']),
    ...tableFaults('KEYS', header, uses),
    ...tableFaults('ARGV', header, uses),
  ];
}

/** `-- KEYS[1]  text` stands for one of them, `-- KEYS[1..n]  text` for a range. */
function tableFaults(table, header, uses) {
  const declared = [...header.matchAll(new RegExp(`^-- ${table}\\[([^\\]]+)\\] +\\S`, 'gm'))].map(
    ([, range]) => range.split('..'),
  );
  const single = new Set(declared.flatMap(([first, last]) => (last ? [] : Number(first))));
  const ranges = declared.flatMap(([first, last]) => (last ? [startOf(first)] : []));
  const used = uses.literals[table];
  return [
    ...[...single].filter((index) => !used.has(index)).map((index) => unused(table, index)),
    ...[...used].filter((index) => !single.has(index)).map((index) => undeclared(table, index)),
    ...rangeFaults(table, ranges, uses),
  ];
}

function rangeFaults(table, ranges, {computed, wholes, counters}) {
  const starts = computed[table].map((index) => firstOf(index, counters));
  // One that cannot be worked out may be any.
  const isOpen = wholes.has(table) || starts.includes(undefined);
  const known = starts.filter((start) => start !== undefined);
  return [
    ...(ranges.length === 0 && isOpen ? [undeclared(table, 'a range')] : []),
    ...ranges.filter((range) => !isOpen && !known.includes(range)).map((at) => unused(table, at)),
    ...known.filter((start) => !ranges.includes(start)).map((at) => undeclared(table, at)),
  ];
}

const unused = (table, index) => `declares ${table}[${index}], which it does not use`;
const undeclared = (table, index) => `uses ${table}[${index}], which its header does not declare`;

/** `n+3` of a header in the form in which `firstOf` says it: so many n, and so many more. */
function startOf(text) {
  const [, times, more] = /^(?:(\d*)n)?\+?(\d+)?$/.exec(text) ?? [];
  return `${times === undefined ? 0 : Number(times || 1)}n+${more ?? 0}`;
}

/** The index that an expression has first, when its counter is 1; undefined when that is not so simple. */
function firstOf(node, counters) {
  const value = linear(node, counters);
  return value && `${value.n}n+${value.more}`;
}

function linear(node, counters) {
  if (node.type === 'NumericLiteral') return {n: 0, more: node.value};
  if (node.type === 'Identifier' && node.name === 'n') return {n: 1, more: 0};
  if (node.type === 'Identifier' && counters.has(node.name)) return {n: 0, more: 1};
  if (node.type !== 'BinaryExpression' || node.operator !== '+') return undefined;
  const [left, right] = [linear(node.left, counters), linear(node.right, counters)];
  return left && right && {n: left.n + right.n, more: left.more + right.more};
}
