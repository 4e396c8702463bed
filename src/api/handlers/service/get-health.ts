import type { getHealth as operation } from '../../../contracts/service.js';
import type { Handler } from '../../call.js';

export function getHealth(): Handler<typeof operation> {
  return () => Promise.resolve({ status: 200, body: { status: 'ok' } });
}
