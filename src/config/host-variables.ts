import { z } from 'zod';
import { TOOL_HOLES } from '../domain/dispatch/tool-holes.js';
import { OWN_LABELS } from '../domain/dispatch/needs.js';

const LABEL = /^([a-zA-Z0-9][a-zA-Z0-9._/-]{0,62})=([a-zA-Z0-9._-]{1,63})$/;
const IDS = TOOL_HOLES.map(({ id }) => id);

/** Of both processes of a build host. */
export const DRAIN_VARIABLES = {
  KILN_DRAIN_SECONDS: z.coerce
    .number('expected seconds')
    .int()
    .min(0)
    .max(86_400)
    .default(60)
    .describe(
      'How long this process, when it is asked to end, takes no new builds and waits for those that run. What runs still goes on under the next supervisor.',
    ),
};

/** What a build host says of itself. */
export const HOST_VARIABLES = {
  KILN_ZONE: z
    .string()
    .regex(/^[a-zA-Z0-9][a-zA-Z0-9._-]{0,99}$/, 'expected letters, digits, ".", "_" and "-"')
    .optional()
    .describe('Where this host stands, for builds that need a zone.'),
  KILN_LABELS: z
    .string()
    .default('')
    .transform((list, context) => {
      const labels: Record<string, string> = {};
      for (const label of list.split(',').filter((entry) => entry !== '')) {
        const [, name, value] = LABEL.exec(label.trim()) ?? [];
        if (name === undefined || value === undefined || OWN_LABELS.includes(name))
          context.addIssue({
            code: 'custom',
            message: `expected name=value by comma, such as gpu=true; Kiln's own are ${OWN_LABELS.join(', ')}`,
          });
        else labels[name] = value;
      }
      return labels;
    })
    .describe(
      'Labels of this host (`name=value`, by comma), for builds that need them: `gpu=true,memory=32gb`.',
    ),
  KILN_ACCEPTED_HOLES: z
    .string()
    .default('')
    .transform((list) => list.split(',').flatMap((id) => (id.trim() === '' ? [] : [id.trim()])))
    .refine((ids) => ids.every((id) => IDS.includes(id)), `expected some of ${IDS.join(', ')}`)
    .describe(
      'Known holes in tools of this host (by comma) that are mended here in spite of the version: it takes no builds with one otherwise.',
    ),
};
