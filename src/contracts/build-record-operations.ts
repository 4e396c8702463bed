import {
  Attempt,
  BuildLayer,
  BuildMetrics,
  BuildStep,
  BuildWarning,
  StatusChange,
  BaseImageUse,
  BuildCacheMiss,
} from './builds.js';
import { operation } from './operation.js';
import { buildParams, listOf } from './parameters.js';
import {
  ATTEMPT,
  HISTORY,
  LAYERS,
  METRICS,
  STEPS,
  WARNINGS,
  BASE_IMAGES,
  CACHE_MISSES,
} from './examples/build-records.js';
import { BUILD_ID } from './examples/names.js';

export const listSteps = operation({
  id: 'listSteps',
  method: 'get',
  path: '/v1/builds/:build/steps',
  tag: 'builds',
  summary: 'Steps of all attempts, as far as they are known',
  auth: 'token',
  params: buildParams,
  responses: { 200: { description: 'By attempt and number.', schema: listOf(BuildStep) } },
  errors: ['not_found'],
  example: { params: { build: BUILD_ID }, answer: { status: 200, body: { items: STEPS } } },
});

export const listWarnings = operation({
  id: 'listWarnings',
  method: 'get',
  path: '/v1/builds/:build/warnings',
  tag: 'builds',
  summary: 'What lints say of the Dockerfile; none fails a build',
  auth: 'token',
  params: buildParams,
  responses: { 200: { description: 'In the order of the file.', schema: listOf(BuildWarning) } },
  errors: ['not_found'],
  example: { params: { build: BUILD_ID }, answer: { status: 200, body: { items: WARNINGS } } },
});

export const listLayers = operation({
  id: 'listLayers',
  method: 'get',
  path: '/v1/builds/:build/layers',
  tag: 'builds',
  summary: 'Layers of the image that the build made; empty before success',
  auth: 'token',
  params: buildParams,
  responses: { 200: { description: 'The base first.', schema: listOf(BuildLayer) } },
  errors: ['not_found'],
  example: { params: { build: BUILD_ID }, answer: { status: 200, body: { items: LAYERS } } },
});

export const listCacheMisses = operation({
  id: 'listCacheMisses',
  method: 'get',
  path: '/v1/builds/:build/cache-misses',
  tag: 'builds',
  summary: 'Why steps of a build ran and were not taken from a cache, as far as it can be known',
  description:
    'A comparison with the build before it of the same project, method, target and platforms. Only steps that have run to their end and could have been cached.',
  auth: 'token',
  params: buildParams,
  responses: { 200: { description: 'By step.', schema: listOf(BuildCacheMiss) } },
  errors: ['not_found'],
  example: { params: { build: BUILD_ID }, answer: { status: 200, body: { items: CACHE_MISSES } } },
});

export const listBaseImages = operation({
  id: 'listBaseImages',
  method: 'get',
  path: '/v1/builds/:build/base-images',
  tag: 'builds',
  summary: 'The images that a build was made from, pinned by digest; empty before success',
  auth: 'token',
  params: buildParams,
  responses: { 200: { description: 'The base first.', schema: listOf(BaseImageUse) } },
  errors: ['not_found'],
  example: { params: { build: BUILD_ID }, answer: { status: 200, body: { items: BASE_IMAGES } } },
});

export const getMetrics = operation({
  id: 'getMetrics',
  method: 'get',
  path: '/v1/builds/:build/metrics',
  tag: 'builds',
  summary: 'What was measured; what was not is null',
  auth: 'token',
  params: buildParams,
  responses: { 200: { description: 'The metrics.', schema: BuildMetrics } },
  errors: ['not_found'],
  example: { params: { build: BUILD_ID }, answer: { status: 200, body: METRICS } },
});

export const listStatusHistory = operation({
  id: 'listStatusHistory',
  method: 'get',
  path: '/v1/builds/:build/history',
  tag: 'builds',
  summary: 'Every change of status, oldest first',
  auth: 'token',
  params: buildParams,
  responses: { 200: { description: 'The changes.', schema: listOf(StatusChange) } },
  errors: ['not_found'],
  example: { params: { build: BUILD_ID }, answer: { status: 200, body: { items: HISTORY } } },
});

export const listAttempts = operation({
  id: 'listAttempts',
  method: 'get',
  path: '/v1/builds/:build/attempts',
  tag: 'builds',
  summary: 'Every try of the build on a worker, with the state of its log',
  auth: 'token',
  params: buildParams,
  responses: { 200: { description: 'The attempts.', schema: listOf(Attempt) } },
  errors: ['not_found'],
  example: { params: { build: BUILD_ID }, answer: { status: 200, body: { items: [ATTEMPT] } } },
});
