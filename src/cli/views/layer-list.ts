import type { BuildLayer } from '../../contracts/builds.js';
import { oneLine } from '../progress/build-view.js';
import type { Style } from '../terminal/style.js';
import { tableLines } from '../terminal/table.js';
import { formatBytes } from '../../domain/format-bytes.js';

const SHORT_DIGEST = 'sha256:'.length + 12;

/** Layers as a table, platform after platform where there are several, the base first: size, digest, in how many builds, and the instruction that made each. */
export function layerLines(
  layers: readonly BuildLayer[],
  canvas: { columns: number; style: Style },
): string[] {
  if (layers.length === 0) return ['This build has no image, so there are no layers.'];
  const { style } = canvas;
  const isOfSeveral = new Set(layers.map(({ platform }) => platform)).size > 1;
  const head = [...(isOfSeveral ? ['PLATFORM'] : []), 'LAYER', 'SIZE', 'DIGEST', 'BUILDS', 'MADE BY'].map(
    (title) => style.dim(title),
  );
  const rows = layers.map((layer) => [
    ...(isOfSeveral ? [oneLine(layer.platform ?? '')] : []),
    String(layer.layer_number),
    formatBytes(layer.layer_size_bytes),
    layer.layer_digest.slice(0, SHORT_DIGEST),
    String(layer.used_in_builds_count),
    `${layer.is_base_layer === true ? '(base) ' : ''}${oneLine(layer.created_by ?? '')}`,
  ]);
  return tableLines([head, ...rows], canvas.columns);
}
