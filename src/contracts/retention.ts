import { z } from 'zod';
import type { RetentionPolicy } from '../domain/retention/retention-policy.js';
import { isTagPattern } from '../domain/retention/tag-pattern.js';

const timestamp = z.iso.datetime({ offset: true });
const DAY_SECONDS = 86_400;

const fields = {
  keep_newest: z
    .int()
    .min(1)
    .max(10_000)
    .nullable()
    .describe('so many of the newest images of each branch stay'),
  older_than_seconds: z
    .int()
    .min(60)
    .max(3650 * DAY_SECONDS)
    .nullable()
    .describe('images that were published later stay'),
  protected_tags: z
    .array(z.string().refine(isTagPattern, 'expected a tag, with * for any text'))
    .max(50)
    .describe('images with such a tag stay; * stands for any text'),
};

/** Which published images are removed. An image goes only when every rule that is set lets it go; the newest of a branch never does. */
export const Retention = z.strictObject(fields);
export const RetentionChange = z
  .strictObject(fields)
  .partial()
  .refine((change) => Object.keys(change).length > 0, 'expected at least one field to change');
/** Does not compile when the schema and the type in the domain part. */
export const SAME_AS_DOMAIN: (policy: z.infer<typeof Retention>) => RetentionPolicy = (policy) => policy;

const PlannedImage = z.strictObject({
  image_id: z.uuid(),
  manifest_digest: z.string(),
  repositories: z.array(z.string()),
  tags: z.array(z.string()).describe('repository:tag that goes with it'),
  branches: z.array(z.string()),
  last_published_at: timestamp,
});

/** What a prune would do. A tag that somebody else has set, which only the registry knows, keeps an image nevertheless. */
export const PrunePreview = z.strictObject({
  retention: Retention,
  goes: z.array(PlannedImage),
  stays: z.array(z.strictObject({ image_id: z.uuid(), manifest_digest: z.string(), because: z.string() })),
});
export type PrunePreview = z.infer<typeof PrunePreview>;

export const PRUNE_TRIGGERS = ['manual', 'schedule'] as const;

/** One run of the retention of a project. */
export const Prune = z.strictObject({
  id: z.uuid(),
  project_id: z.uuid(),
  prune_trigger: z.enum(PRUNE_TRIGGERS),
  requested_at: timestamp,
  completed_at: timestamp.nullable(),
  removed: z.array(
    z.strictObject({ manifest_digest: z.string(), repository: z.string(), tags: z.array(z.string()) }),
  ),
  kept: z
    .array(z.strictObject({ manifest_digest: z.string(), repository: z.string(), because: z.string() }))
    .describe('what the policy lets go and the registry shows to be in use'),
  troubles: z
    .array(z.strictObject({ repository: z.string(), code: z.string(), message: z.string(), fix: z.string() }))
    .describe('repositories that could not be worked on'),
});
export type Prune = z.infer<typeof Prune>;
