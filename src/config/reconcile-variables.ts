import { z } from 'zod';

/** Of the process that looks for pushes that no webhook has told of. */
export const RECONCILE_VARIABLES = {
  KILN_RECONCILE_SECONDS: z.coerce
    .number('expected seconds')
    .int()
    .min(0)
    .max(86_400)
    .default(600)
    .describe(
      'How often the branches and tags of the repository of each webhook are compared with what deliveries have told of; 0 for never.',
    ),
  KILN_RECONCILE_GRACE_SECONDS: z.coerce
    .number('expected seconds')
    .int()
    .min(1)
    .max(3600)
    .default(60)
    .describe('How long a delivery may take that tells of a push which was found; then the push is built.'),
};
