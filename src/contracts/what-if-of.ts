import { z } from 'zod';

/** What a what-if is compared with, and how it differs from it. */
export const WhatIfOf = z.strictObject({
  of_build_id: z.uuid(),
  of_build_number: z.int().min(1),
  changes: z
    .strictObject({
      base: z.record(z.string(), z.string()),
      method: z.string(),
      no_cache: z.literal(true),
      platforms: z.array(z.string()),
      build_args: z.array(z.string()).describe('names of the arguments that were set'),
      target_stage: z.string(),
    })
    .partial(),
});
