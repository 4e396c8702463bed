import { z } from 'zod';

/** How long a build may run. */
export const timeoutSeconds = z
  .int('Give whole seconds.')
  .min(10, 'A build may run for 10 seconds at least.')
  .max(86_400, 'A build may run for 24 hours (86400 seconds) at most.');
