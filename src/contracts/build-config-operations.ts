import { z } from 'zod';
import { SETTING_ORIGINS } from '../domain/builds/settings.js';
import { BuildLimit } from './limits.js';
import { operation } from './operation.js';
import { TrustLevel } from './trust-level.js';
import { buildParams } from './parameters.js';
import { BUILD_ID } from './examples/names.js';

export const AnyJson = z.json();

/** The settings of a build, each with the place that decided it. */
export const BuildConfig = z.strictObject({
  build_file: z.string().nullable().describe('the build file that was read; null for none'),
  settings: z.array(
    z.strictObject({
      name: z.string().describe('as in a request: dockerfile, build_args.NAME, destinations'),
      value: AnyJson,
      origin: z
        .enum(SETTING_ORIGINS)
        .nullable()
        .describe(
          'the strongest place that named it: request, build_file, project, built_in; null when it was not kept',
        ),
    }),
  ),
  trust: TrustLevel,
  limits: z
    .array(BuildLimit)
    .describe('as they were when the build was accepted; they do not change any more'),
});
export type BuildConfig = z.infer<typeof BuildConfig>;

export const getBuildConfig = operation({
  id: 'getBuildConfig',
  method: 'get',
  path: '/v1/builds/:build/config',
  tag: 'builds',
  summary: 'Every setting of a build, and where it comes from',
  description:
    'A setting of the request wins over the build file, the build file over the defaults of the project, those over the built-in value. Build arguments and secrets are decided one by one. A git source brings its build file when it has been fetched; until then the settings are those without it.',
  auth: 'token',
  params: buildParams,
  responses: { 200: { description: 'The settings.', schema: BuildConfig } },
  errors: ['not_found'],
  example: {
    params: { build: BUILD_ID },
    answer: {
      status: 200,
      body: {
        build_file: 'kiln.yaml',
        settings: [
          { name: 'dockerfile', value: 'build/Dockerfile', origin: 'build_file' },
          { name: 'build_args.VERSION', value: '1.2', origin: 'request' },
          { name: 'timeout_seconds', value: 3600, origin: 'built_in' },
        ],
        trust: 'untrusted',
        limits: [{ name: 'step_timeout_seconds', unit: 'seconds', value: 1800, origin: 'project' }],
      },
    },
  },
});

export const getBuildFileSchema = operation({
  id: 'getBuildFileSchema',
  method: 'get',
  path: '/schemas/kiln.json',
  tag: 'service',
  summary: 'JSON Schema of kiln.yaml, for editors',
  auth: 'none',
  responses: { 200: { description: 'JSON Schema, draft 2020-12.', contentType: 'application/json' } },
  errors: [],
  example: {
    answer: {
      status: 200,
      body: '{"$schema":"https://json-schema.org/draft/2020-12/schema","title":"Kiln build file", ...}',
    },
  },
});
