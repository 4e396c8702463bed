import { z } from 'zod';
import { operation } from './operation.js';
import { TENANT_ID } from './examples/names.js';

export const whoami = operation({
  id: 'whoami',
  method: 'get',
  path: '/v1/me',
  tag: 'identity',
  summary: 'Says for whom the token stands',
  auth: 'token',
  responses: {
    200: {
      description: 'Tenant and user; user is null for a token of the tenant itself.',
      schema: z.strictObject({ tenant: z.uuid(), user: z.uuid().nullable() }),
    },
  },
  errors: [],
  example: { answer: { status: 200, body: { tenant: TENANT_ID, user: null } } },
});
