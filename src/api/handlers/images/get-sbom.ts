import type { getSbom as operation } from '../../../contracts/inspection-operations.js';
import { KilnError } from '../../../domain/errors.js';
import type { Content } from '../../../ports/contents.js';
import type { Handler } from '../../call.js';
import { sendBytes } from '../../contexts/send-bytes.js';
import type { ApiDeps } from '../../deps.js';

export function getSbom(deps: Pick<ApiDeps, 'inspections' | 'files'>): Handler<typeof operation> {
  return async ({ caller, params, query }) => {
    const image = { reference: params.image, platform: query.platform ?? null };
    const { digest, document } = await deps.inspections.sbom(caller, image, query.format);
    const bytes = await open(deps, caller.tenantId, document);
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

async function open(
  { files }: Pick<ApiDeps, 'files'>,
  tenantId: string,
  document: Content,
): Promise<AsyncIterable<Uint8Array>> {
  try {
    return await files.read(tenantId, document);
  } catch (error) {
    const isLost =
      error instanceof KilnError && (error.code === 'not_found' || error.code === 'digest_mismatch');
    if (!isLost) throw error;
    const message = 'The bytes of the bill of materials of this image are not here any more.';
    throw new KilnError('sbom_missing', { message, cause: error });
  }
}
