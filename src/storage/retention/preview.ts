import { KilnError } from '../../domain/errors.js';
import { planRetention } from '../../domain/retention/plan-retention.js';
import type { RetentionPolicy } from '../../domain/retention/retention-policy.js';
import type { JudgedImage } from '../../contracts/retention.js';
import type { PrunePlan } from '../../ports/retention.js';
import type { TenantContext } from '../../ports/stores.js';
import type { Database, Tx } from '../database.js';
import { inTenant } from '../in-tenant.js';
import { databaseNow } from '../times.js';
import { readFacts, type StoredImage } from './read-facts.js';

/** An answer names so many images at most; more go with the next prune. */
const SHOWN_IMAGES = 1_000;

/** What a prune would do now, as far as the rows show. */
export async function previewPrune(
  db: Database,
  tenant: TenantContext,
  projectId: string,
): Promise<PrunePlan> {
  return inTenant(db, tenant.tenantId, async (tx) => {
    const retention = await requirePolicy(tx, projectId);
    const facts = await readFacts(tx, { tenantId: tenant.tenantId, projectId });
    const verdicts = planRetention(retention, facts, await databaseNow(tx));
    const goes = facts.images.filter(({ id }) => verdicts.get(id)?.goes === true);
    const stays = facts.images.filter(({ id }) => verdicts.get(id)?.goes !== true);
    const because = ({ id }: StoredImage): string => verdicts.get(id)?.because ?? '';
    return {
      retention: {
        ...retention,
        protected_tags: [...retention.protected_tags],
        expendable_tags: [...retention.expendable_tags],
      },
      goes: goes.slice(0, SHOWN_IMAGES).map((image) => ({
        ...toJudged(image, because(image)),
        repositories: [...image.repositories],
        branches: [...new Set(image.branches.flatMap(({ branch }) => branch ?? []))],
      })),
      stays: stays.slice(-SHOWN_IMAGES).map((image) => toJudged(image, because(image))),
    };
  });
}

/** The policy of a project; conflict when it has none. */
export async function requirePolicy(tx: Tx, projectId: string): Promise<RetentionPolicy> {
  const project = await tx
    .selectFrom('projects')
    .select(['slug', 'retention'])
    .where('id', '=', projectId)
    .executeTakeFirst();
  if (project === undefined) throw new KilnError('not_found', { message: 'There is no such project.' });
  if (project.retention !== null) return project.retention;
  throw new KilnError('conflict', {
    message: `The project ${project.slug} removes no images: say which ones first, as with \`kiln projects set ${project.slug} --keep-newest 10 --older-than 30d\`.`,
    fix: 'Set its retention as the message shows; `kiln images prune PROJECT --dry-run` then says what would go.',
  });
}

function toJudged({ id, digest, tags, branches }: StoredImage, because: string): JudgedImage {
  const times = branches.map(({ publishedAt }) => publishedAt.getTime());
  return {
    image_id: id,
    manifest_digest: digest,
    tags: tags.map(({ repository, tag }) => `${repository}:${tag}`),
    last_published_at: new Date(Math.max(...times)).toISOString(),
    because,
  };
}
