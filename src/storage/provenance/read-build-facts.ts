import { createHash } from 'node:crypto';
import { splitDestination } from '../../domain/builds/staging.js';
import { isTemplateText } from '../../domain/images/packer-template.js';
import type { SourceFacts } from '../../domain/provenance/build-facts.js';
import type { RecordedFacts } from '../../ports/attestations.js';
import { toOptions, toSource } from '../builds/build-config.js';
import type { Tx } from '../database.js';
import { stagedImage } from '../dispatch/staged-image.js';

/** See Attestations.facts. */
export async function readBuildFacts(tx: Tx, buildId: string): Promise<RecordedFacts | null> {
  const build = await tx
    .selectFrom('builds as b')
    .innerJoin('projects as p', 'p.id', 'b.project_id')
    .innerJoin('images as i', 'i.id', 'b.image_id')
    .select(['b.tenant_id', 'b.project_id', 'b.build_number', 'b.build_method', 'b.destinations'])
    .select(['b.git_commit', 'b.completed_at', 'p.slug', 'i.manifest_digest', 'i.image_repository'])
    .where('b.id', '=', buildId)
    .where('b.status', '=', 'success')
    .executeTakeFirst();
  const made = await stagedImage(tx, buildId);
  if (build === undefined || build.completed_at === null || made === null) return null;
  const config = await tx
    .selectFrom('build_configs')
    .selectAll()
    .where('build_id', '=', buildId)
    .executeTakeFirstOrThrow();
  const attempt = await tx
    .selectFrom('attempts')
    .select(['started_at', 'log_sha256', 'log_lines'])
    .where('build_id', '=', made.buildId)
    .where('attempt', '=', made.attempt)
    .executeTakeFirstOrThrow();
  const usedImages = await tx
    .selectFrom('build_base_images')
    .select(['reference', 'digest', 'is_base as isBase'])
    .where('build_id', '=', buildId)
    .orderBy('is_base', 'desc')
    .orderBy('position')
    .execute();
  const options = toOptions(config);
  return {
    tenantId: build.tenant_id,
    projectId: build.project_id,
    repositories: [...new Set(build.destinations.map((one) => splitDestination(one).repository))],
    facts: {
      buildId,
      madeByBuildId: made.buildId,
      project: build.slug,
      buildNumber: build.build_number,
      attempt: made.attempt,
      method: build.build_method,
      trust: config.trust,
      imageDigest: build.manifest_digest,
      repository: build.image_repository,
      destinations: build.destinations,
      source: await readSource(tx, toSource(config), build.git_commit),
      options,
      textDigests: textDigests(options),
      buildTimeoutMs: config.build_timeout_milliseconds,
      resources: config.resources ?? {},
      usedImages,
      usedFiles: made.outcome.materials?.files ?? [],
      tools: made.outcome.tools ?? {},
      startedAt: attempt.started_at.toISOString(),
      finishedAt: build.completed_at.toISOString(),
      log: attempt.log_sha256 === null ? null : { sha256: attempt.log_sha256, lines: attempt.log_lines },
    },
  };
}

async function readSource(
  tx: Tx,
  source: ReturnType<typeof toSource>,
  commit: string | null,
): Promise<SourceFacts> {
  if (source.kind === 'inline') return { kind: 'inline' };
  if (source.kind === 'git') {
    const { kind, url, ref, folder, submodules, lfs } = source;
    return { kind, url, ref, commit, folder, submodules, lfs };
  }
  const { sha256 } = await tx
    .selectFrom('uploads')
    .select('sha256')
    .where('id', '=', source.upload_id)
    .executeTakeFirstOrThrow();
  return { kind: 'upload', contextSha256: sha256, commit };
}

/** Texts that came with the request, and are a material as files of the source are. */
function textDigests(options: Readonly<Record<string, unknown>>): Record<string, string> {
  const { dockerfile_inline: dockerfile, packer_template: template } = options;
  return {
    ...(typeof dockerfile === 'string' && { dockerfile_inline: sha256(dockerfile) }),
    ...(typeof template === 'string' && isTemplateText(template) && { packer_template: sha256(template) }),
  };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
