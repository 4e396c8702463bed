import type { BuildLayer } from '../../contracts/builds.js';
import type { ImageDetail } from '../../contracts/images.js';
import { formatBytes } from '../../domain/format-bytes.js';
import { oneLine } from '../progress/build-view.js';
import type { Style } from '../terminal/style.js';
import { tableLines } from '../terminal/table.js';
import { formatRemaining, plural } from '../terminal/units.js';
import { hangingLines } from '../terminal/wrap.js';

const SHORT_DIGEST = 'sha256:'.length + 12;
/** In less the digests are left out; --json has them. */
const WIDE_COLUMNS = 110;

interface Canvas {
  readonly columns: number;
  readonly style: Style;
}

/**
 * Layers as a table, the base first: size, what each does to files, bytes of it that later layers hide, in how many builds, the step and
 * instruction that made it; platform after platform.
 */
export function layerLines(layers: readonly BuildLayer[], { columns, style }: Canvas): string[] {
  if (layers.length === 0) return ['The image has no layers.'];
  const isOfSeveral = new Set(layers.map(({ platform }) => platform)).size > 1;
  const isWide = columns >= WIDE_COLUMNS;
  const titles = [
    ...(isOfSeveral ? ['PLATFORM'] : []),
    ...['LAYER', 'SIZE', 'FILES', 'WASTED'],
    ...(isWide ? ['DIGEST'] : []),
    ...['BUILDS', 'STEP', 'MADE BY'],
  ];
  const rows = layers.map((layer) => [
    ...(isOfSeveral ? [oneLine(layer.platform ?? '')] : []),
    String(layer.layer_number),
    formatBytes(layer.layer_size_bytes),
    fileCounts(layer),
    layer.wasted_bytes === null ? '' : layer.wasted_bytes === 0 ? '-' : formatBytes(layer.wasted_bytes),
    ...(isWide ? [layer.layer_digest.slice(0, SHORT_DIGEST)] : []),
    String(layer.used_in_builds_count),
    layer.step_number === null ? '-' : String(layer.step_number),
    `${layer.is_base_layer === true ? '(base) ' : ''}${oneLine(layer.created_by ?? '')}`,
  ]);
  return tableLines([titles.map((title) => style.dim(title)), ...rows], columns);
}

function fileCounts({
  files_added: added,
  files_changed: changed,
  files_removed: removed,
}: BuildLayer): string {
  if (added === null) return '';
  const counts = [
    ['+', added],
    ['~', changed ?? 0],
    ['-', removed ?? 0],
  ] as const;
  return counts.flatMap(([sign, count]) => (count === 0 ? [] : [`${sign}${count}`])).join(' ') || '0';
}

/** What the layers come to, or how long it will take until that is known. */
export function explorationLines(image: ImageDetail, { columns, style }: Canvas): string[] {
  const { exploration } = image;
  const size = [
    plural(image.total_layer_count, 'layer'),
    formatBytes(image.compressed_size_bytes),
    ...(image.uncompressed_size_bytes === null
      ? []
      : [`${formatBytes(image.uncompressed_size_bytes)} unpacked`]),
    ...(exploration.wasted_bytes === null || exploration.efficiency === null
      ? []
      : [`${formatBytes(exploration.wasted_bytes)} wasted (efficiency ${percent(exploration.efficiency)})`]),
    ...(image.packages_count === null ? [] : [plural(image.packages_count, 'package')]),
  ];
  return [
    size.join(', '),
    ...(exploration.note === null ? [] : [exploration.note]),
    ...stateOf(image),
    ...sbomOf(image),
  ]
    .flatMap((line) => hangingLines(line, columns, 0))
    .map((line) => style.dim(line));
}

/** `46.8 %`, `99 %`; never more than it is, so that only what wastes nothing has 100 %. */
function percent(share: number): string {
  return `${Math.floor(share * 1_000) / 10} %`;
}

/** An image without a bill of materials says why. */
function sbomOf({ sbom }: ImageDetail): string[] {
  return sbom.failure_reason === null ? [] : [`No bill of materials: ${asSentence(sbom.failure_reason)}`];
}

/** A reason with one full stop at its end, which some have already. */
function asSentence(reason: string): string {
  return `${oneLine(reason).replace(/\.$/, '')}.`;
}

function stateOf({ exploration }: ImageDetail): string[] {
  if (exploration.state === 'explored') return [];
  if (exploration.state === 'failed')
    return [`Its layers could not be read: ${asSentence(exploration.failure_reason ?? '')}`];
  if (exploration.requested_at === null)
    return ['Nobody has looked into its layers; the next build of it lets Kiln do so.'];
  const usual =
    exploration.usual_seconds === null
      ? ''
      : ` That usually takes ${formatRemaining(exploration.usual_seconds * 1000)}.`;
  const trouble =
    exploration.failure_reason === null
      ? ''
      : ` The last try came to nothing: ${asSentence(exploration.failure_reason)}`;
  return [`Kiln is looking into its layers.${usual}${trouble} --wait waits for it.`];
}
