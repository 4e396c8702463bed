import type { getSbom as operation } from '../../../contracts/inspection-operations.js';
import { KilnError } from '../../../domain/errors.js';
import type { Handler } from '../../call.js';
import { begun, raising } from '../../contexts/begun-bytes.js';
import { sendBytes } from '../../send-bytes.js';
import type { ApiDeps } from '../../deps.js';

export function getSbom(deps: Pick<ApiDeps, 'inspections' | 'files' | 'events'>): Handler<typeof operation> {
  return async ({ caller, params, query }) => {
    const { tenantId } = caller;
    const image = { reference: params.image, platform: query.platform ?? null };
    const { digest, document } = await deps.inspections.sbom(caller, image, query.format);
    const told = async (error: unknown): Promise<unknown> => {
      const code = error instanceof KilnError ? error.code : null;
      if (code !== 'not_found' && code !== 'digest_mismatch') return error;
      const what = code === 'not_found' ? 'missing' : 'changed';
      const { sha256 } = document;
      if (await deps.inspections.noteLostSbom(caller, params.image, sha256))
        deps.events.contentLost({ tenantId, sha256, what });
      return new KilnError('sbom_missing', { message: LOST, cause: error });
    };
    const bytes = await begun(raising(() => deps.files.read(tenantId, document), told));
    const name = `${digest.replace(':', '-').slice(0, 19)}.${query.format}.json`;
    return {
      status: 200,
      headers: {
        'content-type': 'application/json',
        'content-length': String(document.sizeBytes),
        'content-disposition': `attachment; filename="${name}"`,
        etag: `"${document.sha256}"`,
      },
      stream: (response) => sendBytes(response, bytes),
    };
  };
}

const LOST = 'The bytes of the bill of materials of this image are not here any more; it is made again.';
