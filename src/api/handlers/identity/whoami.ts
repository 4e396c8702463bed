import type { whoami as operation } from '../../../contracts/identity.js';
import type { Handler } from '../../call.js';

export function whoami(): Handler<typeof operation> {
  return ({ caller }) =>
    Promise.resolve({ status: 200, body: { tenant: caller.tenantId, user: caller.userId } });
}
