import { sql } from 'kysely';
import { isTerminal } from '../../domain/builds/status.js';
import { stagingRepository, stagingTag } from '../../domain/builds/staging.js';
import type { StagingLeft } from '../../ports/dispatch.js';
import { chainOf, firstOfChain } from '../builds/chain.js';
import { closeForResume } from '../builds/resume.js';
import type { Database, Tx } from '../database.js';
import { transact } from '../transact.js';

/**
 * What is to be removed from staging now that a build is over: its own tags, and after a success those that its chain had kept. Nothing
 * before the end, since another attempt may publish from there, and nothing of what a retry may go on from. What is named here can be
 * resumed no more. An attempt that nobody took up left nothing.
 */
export async function stagingLeft(db: Database, buildId: string): Promise<StagingLeft[]> {
  return transact(db, async (tx) => {
    const firstBuildId = await firstOfChain(tx, buildId);
    await tx.selectFrom('builds').select('id').where('id', '=', firstBuildId).forNoKeyUpdate().execute();
    const chain = await chainOf(tx, firstBuildId)
      .select([
        'b.id',
        'b.status',
        'b.cleanup_at',
        'b.image_repository',
        'b.staging_kept_until',
        'b.tenant_id',
        'b.project_id',
      ])
      .select(sql<boolean>`b.staging_kept_until > clock_timestamp()`.as('isEarly'))
      .execute();
    const build = chain.find(({ id }) => id === buildId);
    if (build === undefined || !isTerminal(build.status)) return [];
    const isLive = chain.some(({ status }) => !isTerminal(status));
    const left: StagingLeft[] = [];
    for (const one of build.status === 'success' ? chain : [build]) {
      if (one.cleanup_at !== null) continue;
      // Of successes what-ifs alone are kept: somebody is looking into the image.
      if (one.status === 'success' && one.isEarly) continue;
      const isKept = one.staging_kept_until !== null && (one.isEarly || isLive);
      if (isKept && build.status !== 'success') continue;
      await closeForResume(tx, one.id);
      left.push({
        buildId: one.id,
        tenantId: one.tenant_id,
        projectId: one.project_id,
        stagingRepository: stagingRepository(one.image_repository),
        stagingTags: await tagsOf(tx, one.id),
      });
    }
    return left;
  });
}

async function tagsOf(tx: Tx, buildId: string): Promise<string[]> {
  const taken = await tx
    .selectFrom('leases')
    .select('attempt')
    .where('build_id', '=', buildId)
    .where('acknowledged_at', 'is not', null)
    .orderBy('attempt')
    .execute();
  return taken.map(({ attempt }) => stagingTag(buildId, attempt));
}
