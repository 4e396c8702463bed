import { sql } from 'kysely';
import type { Exploration, ImageDetail } from '../../contracts/images.js';
import { efficiencyOf } from '../../domain/images/exploration.js';
import type { Tx } from '../database.js';
import { readInspectionState } from '../sboms/inspection-state.js';
import { isoOrNull } from '../times.js';
import { findImage } from './find-image.js';
import { imageQuery, toImage } from './image-query.js';

/** Newer explorations tell better how long one takes. */
const USUAL_OF = 50;

/** See ImageStore.get. */
export async function readImage(tx: Tx, reference: string): Promise<ImageDetail> {
  const id = await findImage(tx, reference);
  const row = await imageQuery(tx)
    .select(['m.docker_config_digest', 'm.entrypoint', 'm.cmd', 'm.env_vars', 'm.working_dir'])
    .where('i.id', '=', id)
    .executeTakeFirstOrThrow();
  const platformImages = await tx
    .selectFrom('image_platforms as p')
    .innerJoin('images as i', 'i.id', 'p.image_id')
    .select(['i.id', 'p.platform', 'i.manifest_digest'])
    .where('p.index_image_id', '=', id)
    .orderBy('p.position')
    .execute();
  const { docker_config_digest: configDigest, ...image } = row;
  return {
    ...toImage(image),
    entrypoint: row.entrypoint,
    cmd: row.cmd,
    env_vars: configDigest === null ? null : row.env_vars,
    working_dir: row.working_dir,
    config_digest: configDigest,
    exploration: await readExploration(tx, row.manifest_digest),
    ...(await readInspectionState(tx, id)),
    platform_images: platformImages,
  };
}

async function readExploration(tx: Tx, manifestDigest: string): Promise<Exploration> {
  const row = await tx
    .selectFrom('image_explorations')
    .select([
      'state',
      'failure_reason',
      'note',
      'requested_at',
      'ended_at',
      'file_size_bytes',
      'wasted_bytes',
    ])
    .where('manifest_digest', '=', manifestDigest)
    .executeTakeFirst();
  const { rows } = await sql<{ usual: number | null }>`
    SELECT round(extract(epoch FROM percentile_cont(0.5) WITHIN GROUP (ORDER BY ended_at - requested_at))::numeric, 1) AS usual
    FROM (SELECT ended_at, requested_at FROM image_explorations WHERE state = 'explored'
          ORDER BY ended_at DESC LIMIT ${USUAL_OF}) newest`.execute(tx);
  const files = row?.file_size_bytes ?? null;
  const wasted = row?.wasted_bytes ?? null;
  return {
    state: row?.state ?? 'pending',
    failure_reason: row?.failure_reason ?? null,
    note: row?.note ?? null,
    requested_at: isoOrNull(row?.requested_at ?? null),
    ended_at: isoOrNull(row?.ended_at ?? null),
    usual_seconds: rows[0]?.usual ?? null,
    file_size_bytes: files,
    wasted_bytes: wasted,
    efficiency: files === null || wasted === null ? null : efficiencyOf(files, wasted),
  };
}
