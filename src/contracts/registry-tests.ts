import { z } from 'zod';
import { parseRepository } from '../domain/images/reference.js';
import { PROBE_STEPS } from '../domain/network/probe-steps.js';
import { operation } from './operation.js';
import { ownerQuery } from './secrets.js';
import { PROJECT, REPOSITORY } from './examples/names.js';

/** Whether a text is `host[:port]`. */
export const REGISTRY_HOST =
  /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/;

export const RegistryTest = z.strictObject({
  registry: z.string(),
  ok: z.boolean(),
  steps: z.array(
    z.strictObject({
      step: z.enum(PROBE_STEPS),
      status: z.enum(['ok', 'failed', 'skipped']),
      message: z.string(),
      remedy: z.string().nullable(),
    }),
  ),
});
export type RegistryTest = z.infer<typeof RegistryTest>;

/** Goes to the registry from the api, with the credentials that builds of the project would use. */
export const testRegistry = operation({
  id: 'testRegistry',
  method: 'post',
  path: '/v1/registry-tests',
  tag: 'registries',
  summary: 'Walks the way to a registry and says where it ends and what to do',
  description:
    'Name, connection, TLS, API, credentials; with a repository also whether it may be read and pushed to: an upload is begun and given up.',
  auth: 'token',
  query: ownerQuery,
  body: z.strictObject({
    registry: z
      .string()
      .max(500)
      .refine(
        (text) => REGISTRY_HOST.test(text) || isRepository(text),
        'expected host[:port] or host[:port]/path',
      )
      .describe('host[:port], or a repository host[:port]/path'),
  }),
  responses: { 200: { description: 'How far it went.', schema: RegistryTest } },
  errors: ['invalid_request', 'invalid_json', 'not_found', 'json_too_large'],
  example: {
    query: { project: PROJECT },
    body: { registry: REPOSITORY },
    answer: {
      status: 200,
      body: {
        registry: REPOSITORY,
        ok: false,
        steps: [
          { step: 'name', status: 'ok', message: 'registry.example.com is known', remedy: null },
          {
            step: 'connection',
            status: 'failed',
            message: 'nothing answers at registry.example.com:443',
            remedy: 'Start the registry, or correct its address.',
          },
        ],
      },
    },
  },
});

function isRepository(text: string): boolean {
  try {
    parseRepository(text);
    return true;
  } catch {
    return false;
  }
}
