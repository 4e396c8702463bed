import { z } from 'zod';
import { Watch } from './base-images.js';
import { ProjectDefaults } from './build-file.js';
import { at, PROJECT, PROJECT_ID, REPOSITORY } from './examples/names.js';
import { Gate, GateChange } from './gates.js';
import { Retention, RetentionChange } from './retention.js';
import { imageRepository, projectDestination } from './image-fields.js';
import { operation } from './operation.js';
import { pageOf, pageQuery, projectParams } from './parameters.js';
import { TrustLevel } from './trust-level.js';

export const Project = z.strictObject({
  id: z.uuid(),
  slug: z.string(),
  name: z.string(),
  image_repository: z.string().describe('host[:port]/path that holds the images of the project'),
  destinations: z
    .array(z.string())
    .describe('where builds go that name no destination; image_repository when empty'),
  defaults: ProjectDefaults,
  gate: Gate.nullable().describe('what images have to pass before they are published'),
  trust: TrustLevel,
  retention: Retention.nullable().describe('which published images are removed; null removes none'),
  base_image_watch: Watch.nullable().describe('null for a project that is not watched'),
  created_at: z.iso.datetime({ offset: true }),
});
export type Project = z.infer<typeof Project>;

const name = z.string().trim().min(1).max(200);
const destinations = z
  .array(projectDestination)
  .max(20)
  .describe(
    'repository:tag, or a repository for the tags <build_number> and latest, on any registry; image_repository when empty',
  );

export const NewProject = z.strictObject({
  slug: z
    .string()
    .max(63)
    .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, 'expected lower-case letters, digits and single hyphens'),
  name: name.optional().describe('the slug when absent'),
  image_repository: imageRepository
    .optional()
    .describe('host[:port]/path; on the registry of the installation when absent'),
  destinations: destinations.optional(),
  defaults: ProjectDefaults.optional(),
  trust: TrustLevel.optional(),
});
export type NewProject = z.infer<typeof NewProject>;

/** What is absent stays as it is. */
export const ProjectChange = z
  .strictObject({
    name: name.optional(),
    image_repository: imageRepository
      .optional()
      .describe('builds that run already keep the one they began with'),
    destinations: destinations.optional(),
    defaults: ProjectDefaults.optional().describe('takes the place of all defaults before; {} for none'),
    gate: GateChange.nullable()
      .optional()
      .describe(
        'what is named changes, the rest stays; null for no gate. Builds keep the one that they were accepted with.',
      ),
    trust: TrustLevel.optional(),
    retention: RetentionChange.nullable()
      .optional()
      .describe('what is named changes, the rest stays; null removes no images any more'),
    base_image_watch: Watch.nullable()
      .optional()
      .describe('builds start when images have moved that its newest success was made from; null for none'),
  })
  .refine((change) => Object.keys(change).length > 0, 'expected at least one field to change');
export type ProjectChange = z.infer<typeof ProjectChange>;

const EXAMPLE_PROJECT: Project = {
  id: PROJECT_ID,
  slug: PROJECT,
  name: PROJECT,
  image_repository: REPOSITORY,
  destinations: [],
  defaults: {},
  gate: null,
  trust: 'untrusted',
  retention: null,
  base_image_watch: null,
  created_at: at(-3600),
};

export const createProject = operation({
  id: 'createProject',
  method: 'post',
  path: '/v1/projects',
  tag: 'projects',
  summary: 'Creates a project',
  auth: 'token',
  body: NewProject,
  responses: { 201: { description: 'Created.', schema: Project } },
  errors: ['invalid_request', 'invalid_json', 'json_too_large', 'conflict', 'forbidden'],
  example: {
    body: { slug: PROJECT, image_repository: REPOSITORY },
    answer: { status: 201, body: EXAMPLE_PROJECT },
  },
});

export const getProject = operation({
  id: 'getProject',
  method: 'get',
  path: '/v1/projects/:project',
  tag: 'projects',
  summary: 'Shows a project, by slug or id',
  auth: 'token',
  params: projectParams,
  responses: { 200: { description: 'The project.', schema: Project } },
  errors: ['not_found'],
  example: { params: { project: PROJECT }, answer: { status: 200, body: EXAMPLE_PROJECT } },
});

export const updateProject = operation({
  id: 'updateProject',
  method: 'patch',
  path: '/v1/projects/:project',
  tag: 'projects',
  summary: 'Changes a project, by slug or id',
  auth: 'token',
  params: projectParams,
  body: ProjectChange,
  responses: { 200: { description: 'The project as it is now.', schema: Project } },
  errors: ['invalid_request', 'invalid_json', 'json_too_large', 'not_found', 'forbidden'],
  example: {
    params: { project: PROJECT },
    body: { defaults: { timeout: '30m' } },
    answer: { status: 200, body: { ...EXAMPLE_PROJECT, defaults: { timeout: '30m' } } },
  },
});

export const listProjects = operation({
  id: 'listProjects',
  method: 'get',
  path: '/v1/projects',
  tag: 'projects',
  summary: 'Lists projects, newest first',
  auth: 'token',
  query: pageQuery,
  responses: { 200: { description: 'One page.', schema: pageOf(Project) } },
  errors: ['invalid_request'],
  example: {
    query: { limit: '20' },
    answer: { status: 200, body: { items: [EXAMPLE_PROJECT], next_cursor: null } },
  },
});
