import type { listImageFiles as operation } from '../../../contracts/image-operations.js';
import { KilnError } from '../../../domain/errors.js';
import { cleanPath } from '../../../domain/images/layer-entry.js';
import type { ImageFiles } from '../../../ports/images.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';
import { requireExplored } from './require-explored.js';

export function listImageFiles(deps: Pick<ApiDeps, 'images' | 'imageFiles'>): Handler<typeof operation> {
  return async ({ caller, params, query }) => {
    const manifest = await deps.images.manifest(caller, params.image, query.platform ?? null);
    requireExplored(manifest);
    const path = cleanPath(query.path);
    if (path === null)
      throw new KilnError('invalid_request', {
        fields: [{ field: 'path', message: 'expected a path of the image, without ..' }],
      });
    const { layer } = query;
    const count = manifest.layers.length;
    if (layer !== undefined && layer > count)
      throw new KilnError('not_found', {
        message: `There is no layer ${layer}: the image has ${count === 1 ? 'one' : `${count} of them`}.`,
        fix: `Give a layer from 1 to ${count}; \`kiln layers\` shows what each of them does.`,
      });
    const lists = await deps.images.fileLists(caller, manifest.id);
    const look = { layerNumber: layer ?? null, limit: query.limit };
    const found = await deps.imageFiles.biggest(lists, { ...look, path });
    if (found === null) throw await nothingThere(deps, lists, { ...look, path });
    return {
      status: 200,
      body: {
        items: found.map((file) => ({
          path: file.path,
          kind: file.kind,
          size_bytes: file.sizeBytes,
          file_count: file.fileCount,
          layer_number: file.layerNumber,
          change: file.change,
          left_out_bytes: file.leftOutBytes,
        })),
      },
    };
  };
}

const SHOWN_NAMES = 8;

/** Names what there is in the nearest folder above. */
async function nothingThere(
  { imageFiles }: Pick<ApiDeps, 'imageFiles'>,
  lists: Parameters<ImageFiles['biggest']>[0],
  asked: Parameters<ImageFiles['biggest']>[1],
): Promise<KilnError> {
  const parts = asked.path.split('/');
  const where = asked.layerNumber === null ? 'The image shows' : `Layer ${asked.layerNumber} does`;
  const message = `${where} nothing at /${asked.path}.`;
  for (let depth = parts.length - 1; depth >= 0; depth -= 1) {
    const path = parts.slice(0, depth).join('/');
    const found = await imageFiles.biggest(lists, { ...asked, path, limit: SHOWN_NAMES });
    if (found === null || found.length === 0) continue;
    const names = found.map((file) => `/${file.path}`).join(', ');
    return new KilnError('not_found', {
      message,
      fix: `The biggest in /${path} are ${names}; give one of them, or no path for everything.`,
    });
  }
  return new KilnError('not_found', { message, fix: 'Give no path for everything.' });
}
