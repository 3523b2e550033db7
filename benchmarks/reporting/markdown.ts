export const NOT_MEASURED = 'Not measured yet.';

/** A table in Markdown, aligned as the formatter has it: the first columns to the left, numbers to the right. */
export function markdownTable(
  heads: readonly string[],
  rows: readonly (readonly string[])[],
  leftColumns: number,
): string {
  if (rows.length === 0) return NOT_MEASURED;
  const isRight = (column: number): boolean => column >= leftColumns;
  const widths = heads.map((_, column) =>
    Math.max(3, ...[heads, ...rows].map((row) => row[column]?.length ?? 0)),
  );
  const padded = (row: readonly string[]): string =>
    toLine(
      widths.map((width, column) => {
        const text = row[column] ?? '';
        return isRight(column) ? text.padStart(width) : text.padEnd(width);
      }),
    );
  const rule = widths.map((width, column) =>
    isRight(column) ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width),
  );
  return [padded(heads), toLine(rule), ...rows.map(padded)].join('\n');
}

const toLine = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
