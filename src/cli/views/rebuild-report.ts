import type { BaseImageUse, Build } from '../../contracts/builds.js';
import type { RebuildReport } from '../run-rebuild.js';
import type { Style } from '../terminal/style.js';
import { plural } from '../terminal/units.js';
import { hangingLines } from '../terminal/wrap.js';
import { differenceLines } from './image-difference.js';

/** What became of a rebuild: the images that it was made from, and how its own differs. */
export function rebuildLines(
  before: Build,
  report: RebuildReport,
  canvas: { readonly columns: number; readonly style: Style },
  whyUnknown = '',
): string[] {
  const { style } = canvas;
  const { build, difference } = report;
  const names = [before, build].map((one) => `${one.project}#${one.build_number}`);
  const isSame = difference.before.manifest_digest === difference.after.manifest_digest;
  const verdict = isSame
    ? `${style.tone.good('✓')} ${names[1]} is the same image as ${names[0]}, byte for byte.`
    : `${style.tone.active('~')} ${names[1]} differs from ${names[0]}.`;
  return [
    verdict,
    ...section(
      'Made from',
      materialLines(report).flatMap((line) => hangingLines(line, canvas.columns, 0)),
      style,
    ),
    ...(isSame ? [] : differenceLines(difference, canvas, whyUnknown)),
    ...(isSame ? [] : section('Times', timeLines(report), style)),
  ];
}

function section(title: string, lines: readonly string[], style: Style): string[] {
  return lines.length === 0 ? [] : ['', style.bold(title), ...lines];
}

/** Each image that either was made from, and whether it was the same one. */
function materialLines({ images, pinned }: RebuildReport): string[] {
  const references = [...new Set([...images.before, ...images.after].map(({ reference }) => reference))];
  const digestIn = (uses: readonly BaseImageUse[], reference: string): string | null =>
    uses.find((use) => use.reference === reference)?.digest ?? null;
  return references.map((reference) => {
    const [left, right] = [digestIn(images.before, reference), digestIn(images.after, reference)];
    const isPinned = pinned.some((one) => one.startsWith(`${reference}@`));
    if (left === null || right === null) return `? ${reference}  its digest is not known of both`;
    if (left === right) return `= ${reference}@${left.slice(0, 19)}${isPinned ? '  (pinned)' : ''}`;
    return `~ ${reference}  ${left.slice(0, 19)} -> ${right.slice(0, 19)}: the name stands for another image now, and this method cannot pin it`;
  });
}

/** Layers whose files have the same names and sizes differ in what is no content, or in content of the same size. */
function timeLines({ difference }: RebuildReport): string[] {
  const added = difference.layers.filter(({ change }) => change === 'added').length;
  const { files, settings, packages } = difference;
  const isQuiet =
    files !== null &&
    files.added + files.changed + files.removed === 0 &&
    settings.length === 0 &&
    (packages ?? []).length === 0;
  if (added === 0 || !isQuiet) return [];
  return [
    `  ${plural(added, 'layer')} with other digests hold files of the same names and sizes: most likely their times differ`,
  ];
}
