import { z } from 'zod';
import { SECRET_NAME } from '../domain/secrets/secret.js';
import { operation } from './operation.js';
import { pageOf, pageQuery } from './parameters.js';
import { at, PROJECT, SECRET_ID } from './examples/names.js';

/** Fields that secrets and credentials share when they are shown. Their values are never among them. */
export const storedFields = {
  id: z.uuid(),
  project: z.string().nullable().describe('slug of the project; null: for every project of the tenant'),
  version: z.int().min(1).describe('counts how often a value was stored'),
  created_at: z.iso.datetime({ offset: true }),
  updated_at: z.iso.datetime({ offset: true }),
};

/** Whose value it is; without a project it is for all projects of the tenant. */
export const ownerQuery = z.strictObject({
  project: z.string().min(1).max(100).optional().describe('slug or id; every project when absent'),
});

export const storedListQuery = pageQuery.extend({
  project: z
    .string()
    .min(1)
    .max(100)
    .optional()
    .describe('slug or id: what builds of this project can use, its own and those for every project'),
});

export const Secret = z.strictObject({ name: z.string(), ...storedFields });
export type Secret = z.infer<typeof Secret>;

const name = z
  .string()
  .regex(
    SECRET_NAME,
    'expected letters, digits, "_", "." and "-", at most 200, with a letter, digit or "_" first',
  )
  .describe('the name that options.secrets[].name gives');

const EXAMPLE_SECRET: Secret = {
  name: 'npm-token',
  id: SECRET_ID,
  project: PROJECT,
  version: 1,
  created_at: at(-600),
  updated_at: at(-600),
};

export const putSecret = operation({
  id: 'putSecret',
  method: 'put',
  path: '/v1/secrets/:secret',
  tag: 'secrets',
  summary: 'Stores a secret; its value can be used by builds and is never shown again',
  description:
    'Values are stored encrypted and masked in logs. Those shorter than 6 bytes are refused: they cannot be masked.',
  auth: 'token',
  params: z.strictObject({ secret: name }),
  query: ownerQuery,
  body: z
    .strictObject({
      value: z.string().optional().describe('text'),
      value_base64: z.base64().optional().describe('any bytes, instead of value'),
    })
    .refine((body) => (body.value === undefined) !== (body.value_base64 === undefined), {
      path: ['value'],
      message: 'give either value or value_base64',
    }),
  responses: { 200: { description: 'Stored.', schema: Secret } },
  errors: ['invalid_request', 'invalid_json', 'json_too_large', 'not_found', 'keyring_missing'],
  example: {
    params: { secret: 'npm-token' },
    query: { project: PROJECT },
    body: { value: 'replace-me-with-the-token' },
    file: { name: 'secret.json', content: null },
    answer: { status: 200, body: EXAMPLE_SECRET },
  },
});

export const listSecrets = operation({
  id: 'listSecrets',
  method: 'get',
  path: '/v1/secrets',
  tag: 'secrets',
  summary: 'Lists secrets without their values, newest first',
  auth: 'token',
  query: storedListQuery,
  responses: { 200: { description: 'One page.', schema: pageOf(Secret) } },
  errors: ['invalid_request', 'not_found'],
  example: {
    query: { project: PROJECT },
    answer: { status: 200, body: { items: [EXAMPLE_SECRET], next_cursor: null } },
  },
});

export const deleteSecret = operation({
  id: 'deleteSecret',
  method: 'delete',
  path: '/v1/secrets/:secret',
  tag: 'secrets',
  summary: 'Removes a secret',
  auth: 'token',
  params: z.strictObject({ secret: name }),
  query: ownerQuery,
  responses: { 204: { description: 'Removed.' } },
  errors: ['invalid_request', 'not_found'],
  example: { params: { secret: 'npm-token' }, query: { project: PROJECT }, answer: { status: 204 } },
});
