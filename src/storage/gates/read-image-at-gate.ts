import type { ImageAtGate } from '../../ports/gates.js';
import type { Tx } from '../database.js';
import { stagedImage } from '../dispatch/staged-image.js';

/** The staged image of a build with the gate that it has to pass; null where there is no gate, or no image. */
export async function readImageAtGate(tx: Tx, buildId: string): Promise<ImageAtGate | null> {
  const build = await tx
    .selectFrom('builds as b')
    .innerJoin('build_configs as c', 'c.build_id', 'b.id')
    .select(['b.tenant_id', 'b.project_id', 'b.destinations', 'c.gate'])
    .where('b.id', '=', buildId)
    .executeTakeFirst();
  if (build === undefined || build.gate === null) return null;
  const staged = await stagedImage(tx, buildId);
  if (staged === null) return null;
  return {
    owner: { tenantId: build.tenant_id, projectId: build.project_id },
    gate: build.gate,
    image: staged.image,
    destinations: build.destinations,
  };
}
