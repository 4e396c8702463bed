import { z } from 'zod';

/** How long a build may run. */
export const timeoutSeconds = z.int().min(10).max(86_400);
