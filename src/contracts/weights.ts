import { z } from 'zod';
import { operation } from './operation.js';
import { listOf } from './parameters.js';

export const MOST_WEIGHT = 1_000;
const tenant = z.string().min(1).max(63).describe('slug');
const weight = z.int().min(1).max(MOST_WEIGHT);

const Weights = listOf(z.strictObject({ tenant, weight }));
export type Weights = z.infer<typeof Weights>;

const EXAMPLE: Weights = { items: [{ tenant: 'default', weight: 3 }] };

export const listWeights = operation({
  id: 'listWeights',
  method: 'get',
  path: '/v1/limits/weights',
  tag: 'limits',
  summary: 'The weights of all tenants in the fair share, for operators',
  auth: 'token',
  responses: { 200: { description: 'Every tenant.', schema: Weights } },
  errors: ['forbidden'],
  example: { answer: { status: 200, body: EXAMPLE } },
});

export const setWeight = operation({
  id: 'setWeight',
  method: 'put',
  path: '/v1/limits/weights/:tenant',
  tag: 'limits',
  summary: 'Gives a tenant its weight in the fair share, for operators',
  description:
    'A tenant of weight 3 gets three times the slot time of one of weight 1 while both have builds that wait. It holds from the next grant on.',
  auth: 'token',
  params: z.strictObject({ tenant }),
  body: z.strictObject({ weight }),
  responses: { 200: { description: 'Every tenant, as they are now.', schema: Weights } },
  errors: ['forbidden', 'not_found', 'invalid_request', 'invalid_json', 'json_too_large'],
  example: {
    params: { tenant: 'default' },
    body: { weight: 3 },
    answer: { status: 200, body: EXAMPLE },
  },
});
