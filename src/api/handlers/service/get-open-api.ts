import { openApiDocument } from '../../../contracts/openapi.js';
import type { getOpenApi as operation } from '../../../contracts/service.js';
import type { Handler } from '../../call.js';

export function getOpenApi(): Handler<typeof operation> {
  const text = JSON.stringify(openApiDocument());
  return () => Promise.resolve({ status: 200, text });
}
