import { cutToWidth, displayWidth, padToWidth } from './width.js';

const GAP = '  ';

/** Rows as aligned columns; the last column is cut to what is left of `columns` and never padded. */
export function tableLines(rows: readonly (readonly string[])[], columns: number): string[] {
  const count = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: count }, (_, index) =>
    Math.max(...rows.map((row) => displayWidth(row[index] ?? ''))),
  );
  return rows.map((row) => {
    const line = row
      .map((cell, index) => (index === count - 1 ? cell : padToWidth(cell, widths[index] ?? 0)))
      .join(GAP);
    return cutToWidth(line.trimEnd(), columns);
  });
}
