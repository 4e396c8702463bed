import { z } from 'zod';
import { BuildPrune, BuildPrunePreview, BuildRetention, BuildRetentionChange } from './build-retention.js';
import { BUILD_ID, BUILD_PRUNE_ID, PROJECT, PROJECT_ID, at } from './examples/names.js';
import { operation } from './operation.js';
import { projectParams } from './parameters.js';
import { ownerQuery } from './secrets.js';

const EXAMPLE_RETENTION: BuildRetention = {
  project: PROJECT,
  set_here: { keep_builds: 50, older_than_days: null, log_days: null },
  effective: { keep_builds: 50, older_than_days: null, log_days: 90 },
};
const EXAMPLE_PRUNE: BuildPrune = {
  id: BUILD_PRUNE_ID,
  project_id: PROJECT_ID,
  prune_trigger: 'manual',
  requested_at: at(0),
  completed_at: null,
  removed_builds: 0,
  removed_log_bytes: 0,
};

export const getBuildRetention = operation({
  id: 'getBuildRetention',
  method: 'get',
  path: '/v1/build-retention',
  tag: 'builds',
  summary: 'Shows which builds and logs of a project, or of the tenant, are removed',
  auth: 'token',
  query: ownerQuery,
  responses: { 200: { description: 'The rules.', schema: BuildRetention } },
  errors: ['invalid_request', 'not_found'],
  example: { query: { project: PROJECT }, answer: { status: 200, body: EXAMPLE_RETENTION } },
});

export const changeBuildRetention = operation({
  id: 'changeBuildRetention',
  method: 'patch',
  path: '/v1/build-retention',
  tag: 'builds',
  summary: 'Says which builds and logs of a project, or of the tenant, are removed; null takes a rule back',
  description:
    'It holds for builds that there are already too, from the next night, or from `pruneBuilds` on. Where no place sets a rule, nothing goes by it.',
  auth: 'token',
  query: ownerQuery,
  body: BuildRetentionChange,
  responses: { 200: { description: 'The rules as they are now.', schema: BuildRetention } },
  errors: ['invalid_request', 'invalid_json', 'json_too_large', 'not_found'],
  example: {
    query: { project: PROJECT },
    body: { keep_builds: 50 },
    answer: { status: 200, body: EXAMPLE_RETENTION },
  },
});

export const previewBuildPrune = operation({
  id: 'previewBuildPrune',
  method: 'get',
  path: '/v1/projects/:project/build-prune',
  tag: 'builds',
  summary: 'Shows of which builds only the record would be left now, and which stay, each with why',
  auth: 'token',
  params: projectParams,
  responses: { 200: { description: 'What goes and what stays.', schema: BuildPrunePreview } },
  errors: ['not_found', 'conflict'],
  example: {
    params: { project: PROJECT },
    answer: {
      status: 200,
      body: {
        project: PROJECT,
        retention: EXAMPLE_RETENTION.effective,
        goes: [
          {
            build_id: BUILD_ID,
            build_number: 3,
            branch: 'main',
            status: 'failed',
            completed_at: at(60),
            because: 'it is number 51 of the branch main',
          },
        ],
        goes_count: 1,
        stays: [],
        stays_count: 0,
      } satisfies BuildPrunePreview,
    },
  },
});

export const pruneBuilds = operation({
  id: 'pruneBuilds',
  method: 'post',
  path: '/v1/projects/:project/build-prune',
  tag: 'builds',
  summary: 'Leaves only the record of the builds that the retention of a project lets go',
  description:
    'In small parts beside the builds; `getBuildPrune` tells how far it is. What has to stay is decided anew for each part. While a prune of the builds of the project is open, every further request gives that one.',
  auth: 'token',
  params: projectParams,
  responses: { 202: { description: 'The prune is open.', schema: BuildPrune } },
  errors: ['not_found', 'conflict'],
  example: { params: { project: PROJECT }, answer: { status: 202, body: EXAMPLE_PRUNE } },
});

export const getBuildPrune = operation({
  id: 'getBuildPrune',
  method: 'get',
  path: '/v1/build-prunes/:prune',
  tag: 'builds',
  summary: 'Shows a prune of builds: how far it is',
  auth: 'token',
  params: z.strictObject({ prune: z.uuid() }),
  responses: { 200: { description: 'The prune.', schema: BuildPrune } },
  errors: ['not_found'],
  example: {
    params: { prune: BUILD_PRUNE_ID },
    answer: {
      status: 200,
      body: {
        ...EXAMPLE_PRUNE,
        completed_at: at(4),
        removed_builds: 1,
        removed_log_bytes: 18_204,
      } satisfies BuildPrune,
    },
  },
});
