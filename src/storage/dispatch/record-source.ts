import { KilnError } from '../../domain/errors.js';
import type { LeaseHolder, RecordedSource } from '../../ports/dispatch.js';
import type { Database } from '../database.js';
import { inTenant } from '../in-tenant.js';
import { notifyBuild } from '../notify.js';
import { storableOrNull } from '../storable.js';
import { holdLease } from './hold-lease.js';

/** Records the commit of a git source once; the same commit again changes nothing, another one is a conflict. */
export async function recordSource(
  db: Database,
  holder: LeaseHolder,
  fence: number,
  git: RecordedSource,
): Promise<void> {
  await inTenant(db, holder.tenantId, async (tx) => {
    await holdLease(tx, holder, fence);
    const source = await tx
      .selectFrom('build_configs as c')
      .innerJoin('builds as b', 'b.id', 'c.build_id')
      .select(['c.source_kind as kind', 'b.git_commit as commit', 'b.branch'])
      .where('c.build_id', '=', holder.buildId)
      .executeTakeFirstOrThrow();
    if (source.kind !== 'git') {
      throw new KilnError('conflict', { message: 'The source of this build is no git repository.' });
    }
    if (source.commit === git.commit) return;
    if (source.commit !== null) {
      throw new KilnError('conflict', {
        message: `The commit ${source.commit} is recorded for this build; it cannot become another one.`,
      });
    }
    await tx
      .updateTable('builds')
      .set({
        git_commit: git.commit,
        // A commit by its id has no branch, but who told of it may know.
        branch: storableOrNull(git.branch ?? source.branch),
        author: storableOrNull(git.author),
        message: storableOrNull(git.message),
      })
      .where('id', '=', holder.buildId)
      .execute();
    await notifyBuild(tx, holder.buildId);
  });
}
