import { cutToWidth, displayWidth, padToWidth } from './width.js';
import { wrapWords } from './wrap.js';

const GAP = '  ';

/** Rows as aligned columns; the last column is cut to what is left of `columns` and never padded. */
export function tableLines(rows: readonly (readonly string[])[], columns: number): string[] {
  const widths = widthsOf(rows);
  const count = widths.length;
  return rows.map((row) => {
    const line = row
      .map((cell, index) => (index === count - 1 ? cell : padToWidth(cell, widths[index] ?? 0)))
      .join(GAP);
    return cutToWidth(line.trimEnd(), columns);
  });
}

/**
 * Rows as aligned columns, of which nothing is cut: where they are wider than `columns`, each row goes on in further lines, two further in
 * and all broken between the same cells. One list of lines for each row.
 */
export function wrappedRows(rows: readonly (readonly string[])[], columns: number, indent = 0): string[][] {
  const widths = widthsOf(rows);
  const groups: number[][] = [[]];
  let used = indent;
  for (const [index, width] of widths.entries()) {
    const group = groups.at(-1) ?? [];
    const needed = (group.length === 0 ? 0 : GAP.length) + width;
    if (group.length === 0 || used + needed <= columns) group.push(index);
    else groups.push([index]);
    used = used + needed <= columns ? used + needed : indent + GAP.length + width;
  }
  return rows.map((row) =>
    groups.flatMap((group, at) => {
      const cells = group.map((index) => padToWidth(row[index] ?? '', widths[index] ?? 0));
      const line = cells.join(GAP).trimEnd();
      const left = ' '.repeat(at === 0 ? indent : indent + GAP.length);
      if (line === '') return [];
      const room = columns - left.length;
      // Cells stay aligned where they are several; one alone may be a sentence.
      return (group.length > 1 ? [line] : wrapWords(line, room, { whole: true })).map((one) => left + one);
    }),
  );
}

/**
 * Names with values, which are aligned behind them and go on below themselves; a value with a word that has no room there stands on lines of
 * its own. Those without a value are left out.
 */
export function factLines(facts: readonly (readonly [string, string | null])[], columns: number): string[] {
  const shown = facts.flatMap(([name, value]) => (value === null || value === '' ? [] : [{ name, value }]));
  const behind = Math.max(0, ...shown.map(({ name }) => displayWidth(name))) + 2 * GAP.length;
  return shown.flatMap(({ name, value }) => {
    const given = value.split('\n');
    const longest = Math.max(...given.flatMap((line) => line.split(' ')).map(displayWidth));
    const isBelow = behind + longest > columns;
    const left = isBelow ? 2 * GAP.length : behind;
    // Of several lines each goes on two further in.
    const further = given.length > 1 ? GAP : '';
    const lines = given.flatMap((text) =>
      wrapWords(text, columns - left - further.length, { whole: true }).map((line, index) =>
        index === 0 ? line : further + line,
      ),
    );
    const below = lines.map((line) => `${' '.repeat(left)}${line}`);
    if (isBelow) return [`${GAP}${name}`, ...below];
    return below.map((line, index) =>
      index === 0 ? `${GAP}${padToWidth(name, left - GAP.length)}${lines[0]}` : line,
    );
  });
}

function widthsOf(rows: readonly (readonly string[])[]): number[] {
  const count = Math.max(0, ...rows.map((row) => row.length));
  return Array.from({ length: count }, (_, index) =>
    Math.max(...rows.map((row) => displayWidth(row[index] ?? ''))),
  );
}
