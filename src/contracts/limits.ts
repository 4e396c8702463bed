import { z } from 'zod';
import { LIMIT_ORIGINS } from '../domain/limits/effective-limits.js';
import { LIMIT_NAMES, LIMIT_UNITS, LIMITS, type LimitName } from '../domain/limits/limit-table.js';
import { rangeProblem } from '../domain/limits/limit-units.js';
import { PROJECT } from './examples/names.js';
import { operation } from './operation.js';
import { queueChangeFields, QueueSettings } from './queue-settings.js';
import { ownerQuery } from './secrets.js';

/** One schema for each limit. */
function forEachLimit<Schema extends z.ZodType>(schemaOf: (name: LimitName) => Schema) {
  return Object.fromEntries(LIMIT_NAMES.map((name) => [name, schemaOf(name)])) as Record<LimitName, Schema>;
}

const effective = { value: z.int(), origin: z.enum(LIMIT_ORIGINS) };

/** Every limit of a build with where it came from. */
export const EffectiveLimits = z.strictObject(forEachLimit(() => z.strictObject(effective)));

const Limit = z.strictObject({
  name: z.enum(LIMIT_NAMES),
  unit: z.enum(LIMIT_UNITS),
  value: effective.value.describe('what builds get that are accepted now, in the unit'),
  origin: effective.origin.describe('the place that decided it'),
  set_here: z.int().nullable().describe('what the project (or, without one, the tenant) has set'),
  least: z.int(),
  most: z.int().describe('greatest value that can be set here; the operator may set less than Kiln allows'),
  about: z.string(),
  reached: z.string().describe('what is done when it is reached'),
});

export const Limits = z.strictObject({
  project: z.string().nullable().describe('slug; null for the tenant'),
  limits: z.array(Limit),
  queue: QueueSettings.nullable().describe('how the queue of the tenant works; null for a project'),
});
export type Limits = z.infer<typeof Limits>;

/** A limit as a build has it. */
export const BuildLimit = Limit.pick({ name: true, unit: true, value: true, origin: true });

export const LimitChange = z
  .strictObject({
    ...forEachLimit((name) =>
      z
        .int()
        .superRefine((value, context) => {
          const problem = rangeProblem(name, value);
          if (problem !== null) context.addIssue({ code: 'custom', message: problem });
        })
        .meta({ minimum: LIMITS[name].floor, maximum: LIMITS[name].ceiling })
        .nullable()
        .optional()
        .describe(`${LIMITS[name].what} In ${LIMITS[name].unit}.`),
    ),
    ...queueChangeFields,
  })
  .refine((change) => Object.keys(change).length > 0, 'expected at least one limit');
export type LimitChange = z.infer<typeof LimitChange>;

/** One of the limits, as it is after the request beside it. */
const EXAMPLE_LIMITS = {
  project: PROJECT,
  limits: [
    {
      name: 'step_timeout_seconds',
      unit: 'seconds',
      value: 1800,
      origin: 'project',
      set_here: 1800,
      least: 1,
      most: 86_400,
      about: LIMITS.step_timeout_seconds.what,
      reached: LIMITS.step_timeout_seconds.reached,
    },
  ],
  queue: null,
} satisfies Limits;

export const getLimits = operation({
  id: 'getLimits',
  method: 'get',
  path: '/v1/limits',
  tag: 'limits',
  summary: 'The limits of builds, each with where it comes from',
  description:
    'The project decides before the tenant, the tenant before the installation, that before the built-in value; none goes above the installation. A build keeps the limits that it was accepted with; those of the queue hold for builds that wait already.',
  auth: 'token',
  query: ownerQuery,
  responses: { 200: { description: 'Every limit.', schema: Limits } },
  errors: ['invalid_request', 'not_found'],
  example: {
    query: { project: PROJECT },
    answer: { status: 200, body: EXAMPLE_LIMITS },
  },
});

export const changeLimits = operation({
  id: 'changeLimits',
  method: 'patch',
  path: '/v1/limits',
  tag: 'limits',
  summary: 'Sets limits of a project or of the tenant, or how its queue works; null takes one back',
  description:
    'A raised limit of the queue lets waiting builds start at once; a lowered one ends nothing, and only new builds wait for it.',
  auth: 'token',
  query: ownerQuery,
  body: LimitChange,
  responses: { 200: { description: 'The limits as they are now.', schema: Limits } },
  errors: ['invalid_request', 'invalid_json', 'json_too_large', 'not_found'],
  example: {
    query: { project: PROJECT },
    body: { step_timeout_seconds: 1800 },
    answer: { status: 200, body: EXAMPLE_LIMITS },
  },
});
