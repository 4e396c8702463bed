import type { getSbom as operation } from '../../../contracts/inspection-operations.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';

export function getSbom(deps: Pick<ApiDeps, 'inspections'>): Handler<typeof operation> {
  return async ({ caller, params, query }) => {
    const image = { reference: params.image, platform: query.platform ?? null };
    const { digest, document } = await deps.inspections.sbom(caller, image, query.format);
    const name = `${digest.replace(':', '-').slice(0, 19)}.${query.format}.json`;
    return {
      status: 200,
      headers: {
        'content-type': 'application/json',
        'content-length': String(document.byteLength),
        'content-disposition': `attachment; filename="${name}"`,
      },
      stream: async (response) => void response.end(document),
    };
  };
}
