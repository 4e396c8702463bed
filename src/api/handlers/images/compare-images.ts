import type { compareImages as operation } from '../../../contracts/image-operations.js';
import type { ImageDifference } from '../../../contracts/images.js';
import { alignSequences } from '../../../domain/align-sequences.js';
import { compareSettings } from '../../../domain/images/compare-images.js';
import { comparePackages } from '../../../domain/images/compare-packages.js';
import type { ManifestFacts } from '../../../ports/images.js';
import type { TenantContext } from '../../../ports/stores.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';

export function compareImages(deps: Pick<ApiDeps, 'images' | 'imageFiles'>): Handler<typeof operation> {
  return async ({ caller, params, query }) => {
    const platform = query.platform ?? null;
    const before = await deps.images.manifest(caller, params.image, platform);
    const after = await deps.images.manifest(caller, params.other, platform);
    const bothExplored = before.state === 'explored' && after.state === 'explored';
    return {
      status: 200,
      body: {
        before: shown(before),
        after: shown(after),
        layers: layersOf(before, after),
        settings: compareSettings(before.settings, after.settings),
        packages: packagesOf(before, after, bothExplored),
        files: bothExplored ? await compareFiles(deps, caller, { before, after, limit: query.limit }) : null,
      },
    };
  };
}

/** Two images without a database do not differ; one with and one without cannot be compared. */
function packagesOf(
  before: ManifestFacts,
  after: ManifestFacts,
  bothExplored: boolean,
): ImageDifference['packages'] {
  if (before.packages !== null && after.packages !== null)
    return comparePackages(before.packages, after.packages);
  return bothExplored && before.packages === after.packages ? [] : null;
}

async function compareFiles(
  deps: Pick<ApiDeps, 'images' | 'imageFiles'>,
  caller: TenantContext,
  { before, after, limit }: { before: ManifestFacts; after: ManifestFacts; limit: number },
): Promise<ImageDifference['files']> {
  const lists = await Promise.all([before, after].map(({ id }) => deps.images.fileLists(caller, id)));
  const found = await deps.imageFiles.compare(lists[0] ?? [], lists[1] ?? [], limit);
  return {
    added: found.added,
    changed: found.changed,
    removed: found.removed,
    added_bytes: found.addedBytes,
    changed_bytes: found.changedBytes,
    removed_bytes: found.removedBytes,
    biggest: found.biggest.map(({ path, beforeBytes, afterBytes }) => ({
      path,
      before_bytes: beforeBytes,
      after_bytes: afterBytes,
    })),
  };
}

function shown(image: ManifestFacts): ImageDifference['before'] {
  return {
    id: image.id,
    manifest_digest: image.manifestDigest,
    platform: image.settings.platform,
    compressed_size_bytes: image.compressedSizeBytes,
    uncompressed_size_bytes: image.uncompressedSizeBytes,
  };
}

function layersOf(before: ManifestFacts, after: ManifestFacts): ImageDifference['layers'] {
  const [left, right] = [before, after].map(({ layers }) => layers.map((layer) => layer.layer_digest));
  return alignSequences(left ?? [], right ?? []).flatMap(({ change, before: was, after: is }) => {
    const layer = is === null ? before.layers[was ?? -1] : after.layers[is];
    if (layer === undefined) return [];
    const { layer_number, layer_digest, layer_size_bytes, created_by } = layer;
    const moved = change === 'moved' && was !== null ? before.layers[was]?.layer_number : undefined;
    return [{ change, layer_number, moved_from: moved ?? null, layer_digest, layer_size_bytes, created_by }];
  });
}
