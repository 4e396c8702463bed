import type { getBuildFileSchema as operation } from '../../../contracts/build-config-operations.js';
import { buildFileSchema } from '../../../contracts/build-file-schema.js';
import type { Handler } from '../../call.js';

/** The schema is written when it is first asked for. */
export function getBuildFileSchema(): Handler<typeof operation> {
  let text: string | undefined;
  return () => Promise.resolve({ status: 200, text: (text ??= JSON.stringify(buildFileSchema())) });
}
