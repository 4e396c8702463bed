import { z } from 'zod';
import { OLDER_THAN_SECONDS, type RetentionPolicy } from '../domain/retention/retention-policy.js';
import { isTagPattern } from '../domain/retention/tag-pattern.js';

const timestamp = z.iso.datetime({ offset: true });
const count = z.int().min(0);

const patterns = z.array(z.string().refine(isTagPattern, 'expected a tag, with * for any text')).max(50);

const fields = {
  keep_newest: z
    .int()
    .min(1)
    .max(10_000)
    .nullable()
    .describe('so many of the newest images of each branch stay'),
  older_than_seconds: z
    .int()
    .min(OLDER_THAN_SECONDS.least)
    .max(OLDER_THAN_SECONDS.most)
    .nullable()
    .describe('images that were published later stay'),
  protected_tags: patterns.describe(
    'images with such a tag stay; * stands for any text; v* in a new policy that does not say',
  ),
  expendable_tags: patterns.describe(
    'such a tag goes with its image, as the number that Kiln gives and what names the commit do; any other tag keeps what it points at; none in a new policy that does not say',
  ),
};

/** Which published images are removed. An image goes only when every rule that is set lets it go; the newest of a branch never does. */
export const Retention = z.strictObject(fields);
export const RetentionChange = z
  .strictObject(fields)
  .partial()
  .refine((change) => Object.keys(change).length > 0, 'expected at least one field to change');
/** Does not compile when the schema and the type in the domain part. */
export const SAME_AS_DOMAIN: (policy: z.infer<typeof Retention>) => RetentionPolicy = (policy) => policy;

const Trouble = z.strictObject({
  repository: z.string(),
  code: z.string(),
  message: z.string(),
  fix: z.string(),
});

const JudgedImage = z.strictObject({
  image_id: z.uuid(),
  manifest_digest: z.string(),
  tags: z.array(z.string()).describe('repository:tag that builds of the project have pointed at it'),
  last_published_at: timestamp,
  because: z.string().describe('why it goes or stays, in words'),
});
export type JudgedImage = z.infer<typeof JudgedImage>;

const PlannedImage = JudgedImage.extend({
  repositories: z.array(z.string()),
  branches: z.array(z.string()),
  absent_from: z
    .array(z.string())
    .describe('of the repositories those whose registry was asked and does not have it'),
  in_use_in: z
    .array(z.strictObject({ repository: z.string(), because: z.string() }))
    .describe('of the repositories those that keep it, while it goes from others'),
});

/** What a prune would do. A tag that somebody else has set, which only the registry knows, keeps an image nevertheless. */
export const PrunePreview = z.strictObject({
  retention: Retention,
  goes: z.array(PlannedImage),
  stays: z.array(JudgedImage),
  freed_bytes: count.describe('of layers that no image of the tenant needs any more, once on each registry'),
  shared_bytes: count.describe('of layers that stay, since other images have them too'),
  troubles: z.array(Trouble).describe('repositories whose registry was asked in vain'),
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
  troubles: z.array(Trouble).describe('repositories that could not be worked on'),
});
export type Prune = z.infer<typeof Prune>;
