import type { ImageDetail, ImageDifference } from '../../contracts/images.js';
import { formatBytes } from '../../domain/format-bytes.js';
import { oneLine } from '../progress/build-view.js';
import type { Style } from '../terminal/style.js';
import { plural } from '../terminal/units.js';
import { cutToWidth } from '../terminal/width.js';
import { hangingLines } from '../terminal/wrap.js';

interface Canvas {
  readonly columns: number;
  readonly style: Style;
}

/** Why the packages of one of the images are not known, in words; empty where nothing says why. */
export function whyPackagesUnknown(images: readonly Pick<ImageDetail, 'sbom'>[]): string {
  const states = images.map(({ sbom }) => sbom);
  const failed = states.find(({ state }) => state === 'failed');
  if (failed !== undefined) return `there is no bill of materials: ${failed.failure_reason ?? 'it failed'}`;
  return states.some(({ state }) => state === 'pending')
    ? 'the bill of materials is still being made; ask again in a moment'
    : '';
}

/** How one image differs from another, part by part; a part in which they do not differ is left out. */
export function differenceLines(difference: ImageDifference, canvas: Canvas, whyUnknown = ''): string[] {
  const { before, after } = difference;
  if (before.manifest_digest === after.manifest_digest) return ['They are the same image.'];
  const sizes = sizeLines(difference).map((line) => cutToWidth(line, canvas.columns));
  return [...sizes, ...partLines(difference, canvas, whyUnknown)];
}

/** The same without the sizes. */
export function partLines(difference: ImageDifference, canvas: Canvas, whyUnknown = ''): string[] {
  const { settings, packages } = difference;
  const lines = [
    ...section(
      'Settings',
      settings.flatMap((one) =>
        hangingLines(settingLine(one), canvas.columns, 0).map((line) => line.trimEnd()),
      ),
      canvas,
    ),
    ...section('Layers', layerLines(difference), canvas),
    ...section(
      'Packages',
      packages?.map((one) => changeLine(one.name, one.before, one.after)) ??
        hangingLines(
          `The packages of one of them are not known${whyUnknown === '' ? '' : `: ${oneLine(whyUnknown)}`}.`,
          canvas.columns,
          2,
        ),
      canvas,
    ),
    ...section('Files', fileLines(difference, canvas), canvas),
  ];
  return lines.map((line) => cutToWidth(line, canvas.columns));
}

function section(title: string, lines: readonly string[], { style }: Canvas): string[] {
  return lines.length === 0 ? [] : ['', style.bold(title), ...lines];
}

function sizeLines({ before, after }: ImageDifference): string[] {
  const line = (name: string, left: number | null, right: number | null): string[] =>
    left === null || right === null
      ? []
      : [`${name.padEnd(9)} ${formatBytes(left)} -> ${formatBytes(right)} (${signed(right - left)})`];
  return [
    ...line('size', before.compressed_size_bytes, after.compressed_size_bytes),
    ...line('unpacked', before.uncompressed_size_bytes, after.uncompressed_size_bytes),
  ];
}

const SIGNS = { added: '+', removed: '-', moved: '~', same: ' ' } as const;

function layerLines({ layers }: ImageDifference): string[] {
  const same = layers.filter(({ change }) => change === 'same');
  const others = layers.filter(({ change }) => change !== 'same');
  if (others.length === 0) return [];
  return [
    `  ${plural(same.length, 'layer')} of both${isRebased(layers) ? ', upon other layers than before' : ''}`,
    ...others.map((layer) => {
      const moved = layer.moved_from === null ? '' : `(was layer ${layer.moved_from})  `;
      const number = String(layer.layer_number).padStart(2);
      const size = formatBytes(layer.layer_size_bytes).padStart(8);
      return `${SIGNS[layer.change]} ${number}  ${size}  ${moved}${oneLine(layer.created_by ?? '')}`;
    }),
  ];
}

/** Whether the layers of both are the upper ones, and what they stand on was exchanged. */
function isRebased(layers: ImageDifference['layers']): boolean {
  const first = layers.findIndex(({ change }) => change === 'same');
  return first > 0 && layers.slice(first).every(({ change }) => change === 'same');
}

function fileLines({ files }: ImageDifference, { columns }: Canvas): string[] {
  if (files === null)
    return hangingLines('Kiln has not looked into both of them; `kiln layers` says more.', columns, 2);
  const { added, changed, removed } = files;
  if (added + changed + removed === 0) return [];
  return [
    ...hangingLines(
      `${added} added (${signed(files.added_bytes)}), ${changed} changed (${signed(files.changed_bytes)}), ${removed} removed (${signed(-files.removed_bytes)})`,
      columns,
      2,
    ),
    ...files.biggest.map(({ path, before_bytes: left, after_bytes: right }) => {
      const sign = left === null ? '+' : right === null ? '-' : '~';
      const size =
        left !== null && right !== null && left !== right
          ? `${formatBytes(left)} -> ${formatBytes(right)}`
          : formatBytes(right ?? left ?? 0);
      return `${sign} ${oneLine(`/${path}`)}  ${size}`;
    }),
  ];
}

function settingLine({ setting, before, after }: ImageDifference['settings'][number]): string {
  return changeLine(
    setting.replace(/^\S+/, (kind) => kind.replaceAll('_', ' ')),
    before,
    after,
  );
}

function changeLine(name: string, before: string | null, after: string | null): string {
  const sign = before === null ? '+' : after === null ? '-' : '~';
  const values = [before, after].flatMap((value) => (value === null ? [] : [oneLine(value)]));
  return `${sign} ${oneLine(name)}  ${values.join(' -> ')}`;
}

function signed(bytes: number): string {
  return `${bytes < 0 ? '-' : '+'}${formatBytes(Math.abs(bytes))}`;
}
