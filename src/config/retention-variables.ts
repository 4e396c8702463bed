import { z } from 'zod';
import { BUILD_RETENTION_BOUNDS } from '../domain/retention/build-retention.js';

const { least, most } = BUILD_RETENTION_BOUNDS.log_days;

/** Of api and controller, which have to be told the same. */
export const RETENTION_VARIABLES = {
  KILN_LOG_DAYS: z.coerce
    .number('expected days')
    .int()
    .min(least)
    .max(most)
    .optional()
    .describe(
      'How many days the logs of builds are kept of projects and tenants that do not say so themselves; for good unless set.',
    ),
};
