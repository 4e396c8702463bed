import { openApiDocument } from '../../../contracts/openapi.js';
import type { getOpenApi as operation } from '../../../contracts/service.js';
import type { Handler } from '../../call.js';

/** The document is written when it is first asked for: that takes longer than everything else at the start of an api. */
export function getOpenApi(): Handler<typeof operation> {
  let text: string | undefined;
  return () => Promise.resolve({ status: 200, text: (text ??= JSON.stringify(openApiDocument())) });
}
