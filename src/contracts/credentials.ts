import { z } from 'zod';
import { CREDENTIAL_KINDS } from '../domain/secrets/credential.js';
import { operation } from './operation.js';
import { pageOf } from './parameters.js';
import { ownerQuery, storedFields, storedListQuery } from './secrets.js';
import { at, CREDENTIAL_ID, PROJECT } from './examples/names.js';

const kind = z.enum(CREDENTIAL_KINDS);
const host = z.string().min(1).max(300).describe('host[:port], the only one it is ever sent to');

export const Credential = z.strictObject({
  kind,
  host,
  username: z.string().nullable(),
  known_hosts: z.string().nullable().describe('host keys that are accepted, as in a known_hosts file'),
  ...storedFields,
});
export type Credential = z.infer<typeof Credential>;

const credentialParams = z.strictObject({ kind, host });

const EXAMPLE_CREDENTIAL: Credential = {
  kind: 'registry',
  host: 'registry.example.com',
  username: 'pusher',
  known_hosts: null,
  id: CREDENTIAL_ID,
  project: PROJECT,
  version: 1,
  created_at: at(-600),
  updated_at: at(-600),
};

export const putCredential = operation({
  id: 'putCredential',
  method: 'put',
  path: '/v1/credentials/:kind/:host',
  tag: 'secrets',
  summary: 'Stores the credential for a git host or a registry; its value is never shown again',
  auth: 'token',
  params: credentialParams,
  query: ownerQuery,
  body: z.strictObject({
    value: z.string().describe('the token, the private key (without passphrase) or the password'),
    username: z
      .string()
      .min(1)
      .max(255)
      .regex(/^[^\r\n:]*$/, 'expected a name without colon and line break')
      .optional()
      .describe('required for registry; x-access-token when absent for git_token'),
    known_hosts: z
      .string()
      .min(1)
      .max(16_384)
      .optional()
      .describe('required for git_ssh_key: lines of a known_hosts file for this host'),
  }),
  responses: { 200: { description: 'Stored.', schema: Credential } },
  errors: ['invalid_request', 'invalid_json', 'json_too_large', 'not_found', 'keyring_missing'],
  example: {
    params: { kind: 'registry', host: 'registry.example.com' },
    query: { project: PROJECT },
    body: { username: 'pusher', value: 'replace-me-with-the-password' },
    file: { name: 'credential.json', content: null },
    answer: { status: 200, body: EXAMPLE_CREDENTIAL },
  },
});

export const listCredentials = operation({
  id: 'listCredentials',
  method: 'get',
  path: '/v1/credentials',
  tag: 'secrets',
  summary: 'Lists credentials without their values, newest first',
  auth: 'token',
  query: storedListQuery,
  responses: { 200: { description: 'One page.', schema: pageOf(Credential) } },
  errors: ['invalid_request', 'not_found'],
  example: {
    query: { project: PROJECT },
    answer: { status: 200, body: { items: [EXAMPLE_CREDENTIAL], next_cursor: null } },
  },
});

export const deleteCredential = operation({
  id: 'deleteCredential',
  method: 'delete',
  path: '/v1/credentials/:kind/:host',
  tag: 'secrets',
  summary: 'Removes a credential',
  auth: 'token',
  params: credentialParams,
  query: ownerQuery,
  responses: { 204: { description: 'Removed.' } },
  errors: ['invalid_request', 'not_found'],
  example: {
    params: { kind: 'registry', host: 'registry.example.com' },
    query: { project: PROJECT },
    answer: { status: 204 },
  },
});
