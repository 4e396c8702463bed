import { z } from 'zod';
import { REPOSITORY } from './examples/names.js';
import { operation } from './operation.js';
import { REGISTRY_HOST } from './registry-tests.js';

/** Asks nobody: what a name leads to only the build host finds out. */
export const judgeRegistries = operation({
  id: 'judgeRegistries',
  method: 'post',
  path: '/v1/registry-judgements',
  tag: 'registries',
  summary: 'Refuses registries that no build may go to, by their addresses',
  description:
    'What a build is refused for when it is accepted; asked before its source is sent, which may take long. A registry whose name is no address passes.',
  auth: 'token',
  body: z.strictObject({
    registries: z.array(z.string().max(300).regex(REGISTRY_HOST, 'expected host[:port]')).max(100),
  }),
  responses: { 204: { description: 'None of them is refused.' } },
  errors: ['invalid_request', 'invalid_json', 'host_not_allowed', 'json_too_large'],
  example: {
    body: { registries: [REPOSITORY.slice(0, REPOSITORY.indexOf('/'))] },
    answer: { status: 204 },
  },
});
