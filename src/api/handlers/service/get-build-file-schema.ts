import type { getBuildFileSchema as operation } from '../../../contracts/build-config-operations.js';
import { buildFileSchema } from '../../../contracts/build-file-schema.js';
import type { Handler } from '../../call.js';

export function getBuildFileSchema(): Handler<typeof operation> {
  const text = JSON.stringify(buildFileSchema());
  return () => Promise.resolve({ status: 200, text });
}
