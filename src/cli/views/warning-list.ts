import type { BuildWarning } from '../../contracts/builds.js';
import { oneLine } from '../progress/build-view.js';
import type { Style, Tone } from '../terminal/style.js';
import { padToWidth } from '../terminal/width.js';
import { wrapWords } from '../terminal/wrap.js';

const TONES: Readonly<Record<BuildWarning['severity'], Tone>> = {
  error: 'bad',
  warning: 'warn',
  info: 'muted',
  style: 'muted',
};
const NARROWEST_TEXT = 30;
const INDENT = 4;

/** Warnings as a table: line, severity, rule and text, which stands below the others where there is no room beside them. */
export function warningLines(
  warnings: readonly BuildWarning[],
  { columns, style }: { readonly columns: number; readonly style: Style },
  { withLinks }: { readonly withLinks: boolean },
): string[] {
  const heads = warnings.map(({ line_number: line, severity, rule }) => [
    line === null ? '-' : String(line),
    severity,
    oneLine(rule),
  ]);
  const titles = ['LINE', 'LEVEL', 'RULE'];
  const widths = titles.map((_, at) => Math.max(...[titles, ...heads].map((row) => (row[at] ?? '').length)));
  const beside = widths.reduce((sum, width) => sum + width + 2, 0);
  const isNarrow = columns - beside < NARROWEST_TEXT;
  const padded = (row: readonly string[]): string[] =>
    row.map((cell, at) => padToWidth(cell, widths[at] ?? 0));
  const rows = warnings.flatMap((warning, index) => {
    const [line = '', severity = '', rule = ''] = padded(heads[index] ?? []);
    const head = [line, style.tone[TONES[warning.severity]](severity), rule].join('  ');
    const indent = isNarrow ? INDENT : beside;
    const texts = wrapWords(oneLine(warning.message), columns - indent);
    const links = withLinks && warning.link !== null ? [style.dim(oneLine(warning.link))] : [];
    const [first = '', ...more] = isNarrow ? ['', ...texts, ...links] : [...texts, ...links];
    return [`${head}  ${first}`.trimEnd(), ...more.map((text) => `${' '.repeat(indent)}${text}`)];
  });
  return [style.dim([...padded(titles), 'WARNING'].join('  ')), ...rows];
}
