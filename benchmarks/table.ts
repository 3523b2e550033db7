import type {Spread} from './spread.js';

/** A table for a terminal: numbers to the right, as wide as their column needs. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = heads.map((_, index) =>
    Math.max(...[heads, ...rows].map((row) => row[index]?.length ?? 0)),
  );
  const line = (row: readonly string[]): string =>
    row.map((text, index) => text.padStart(widths[index] ?? 0)).join('  ');
  const rule = widths.map((width) => '─'.repeat(width)).join('  ');
  return [line(heads), rule, ...rows.map(line)].join('\n');
}

/** `1.04 (0.98–1.11)`: the median, and the least and the most. */
export function spreadText({median, min, max}: Spread, digits: number): string {
  const text = (value: number): string => value.toFixed(digits);
  return `${text(median)} (${text(min)}–${text(max)})`;
}
