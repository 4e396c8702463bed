import { z } from 'zod';

/** Of the process that carries out moves of base images. */
export const BASE_IMAGE_VARIABLES = {
  KILN_BASE_IMAGE_FAILURES: z.coerce
    .number('expected a number')
    .int()
    .min(1)
    .max(100)
    .default(3)
    .describe(
      'How many builds that a moved base image has started may fail, after the first one has succeeded, before no more of them start; so many run at once at most.',
    ),
};
