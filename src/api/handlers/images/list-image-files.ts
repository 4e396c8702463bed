import type { listImageFiles as operation } from '../../../contracts/image-operations.js';
import { KilnError } from '../../../domain/errors.js';
import { cleanPath } from '../../../domain/images/layer-entry.js';
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
    const count = manifest.layers.length;
    if (query.layer !== undefined && query.layer > count)
      throw new KilnError('not_found', { message: `The image has ${count} layers.` });
    const found = await deps.imageFiles.biggest(await deps.images.fileLists(caller, manifest.id), {
      path,
      layerNumber: query.layer ?? null,
      limit: query.limit,
    });
    if (found === null)
      throw new KilnError('not_found', {
        message:
          query.layer === undefined
            ? `The image shows nothing at /${path}.`
            : `Layer ${query.layer} does nothing at /${path}.`,
      });
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
