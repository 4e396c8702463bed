import { Context } from '@temporalio/activity';
import type { PublicationReport } from '../src/domain/builds/publication.js';
import type { LeaseRef } from '../src/domain/dispatch/lease.js';
import { KilnError, toKilnError } from '../src/domain/errors.js';
import type { CopyOptions, CopyReport, ImageRegistry } from '../src/ports/image-registry.js';
import type { RegistryCredential } from '../src/ports/secrets.js';
import type { PublishSpec, Supervisor } from '../src/ports/supervisor.js';
import { OpenUploads } from './open-uploads.js';
import { PublicationTeller } from './publication-teller.js';

/** Registries as one publication sees them. */
export interface PublishingRegistries {
  /** Asked for each time a registry wants a credential, since one may have been replaced meanwhile. */
  readonly credentials: () => Promise<readonly RegistryCredential[]>;
  /** Told in words why a request waits for its repetition. */
  readonly onWait: (reason: string) => void;
}

export interface PublishDeps {
  readonly supervisor: Pick<Supervisor, 'publishSpec' | 'putPublication'>;
  readonly registryFor: (
    options: PublishingRegistries,
  ) => Pick<ImageRegistry, 'copy' | 'head' | 'endUploads'>;
  readonly tellEveryMs?: number;
}

/** A registry that does not answer for so long ends uploads by its own purge. */
const END_UPLOADS_MS = 10_000;

const NOTHING_YET: CopyReport = {
  totalBlobs: 0,
  totalBytes: 0,
  mountedBlobs: 0,
  uploadedBlobs: 0,
  existingBlobs: 0,
  sparedBytes: 0,
  sentBytes: 0,
};

/**
 * Copies a digest from staging to each repository of the build, one after the other, and has it kept how far that is. Before the first
 * manifest goes to a repository that is committed; a cancel that came before a manifest, the first or a later one of an index, keeps it from
 * being sent (cancelled).
 */
export async function publishImage(
  deps: PublishDeps,
  lease: LeaseRef,
  digest: string,
  signal: AbortSignal,
): Promise<void> {
  const spec = await deps.supervisor.publishSpec(lease, signal);
  for (const [index, repository] of spec.to.entries()) {
    signal.throwIfAborted();
    const alsoAt = spec.to.slice(0, index);
    await publishTo(deps, lease, { ...spec, repository, digest, alsoAt }, signal);
  }
  signal.throwIfAborted();
}

type Copy = PublishSpec & {
  readonly repository: string;
  readonly digest: string;
  /** Repositories that have been copied to before. */
  readonly alsoAt: readonly string[];
};

async function publishTo(
  { supervisor, registryFor, tellEveryMs }: PublishDeps,
  lease: LeaseRef,
  { from, repository, digest, alsoAt, registries }: Copy,
  signal: AbortSignal,
): Promise<void> {
  const { attempt: tryNumber, retryPolicy } = Context.current().info;
  const teller = new PublicationTeller(
    async (told) => void (await supervisor.putPublication(lease, told, signal)),
    tellEveryMs,
  );
  let done = NOTHING_YET;
  let uploads: OpenUploads | null = null;
  const report = (
    status: PublicationReport['status'],
    waitingReason: string | null = null,
  ): PublicationReport => ({
    ...{ repository, manifestDigest: digest, status, tryNumber, waitingReason },
    ...(uploads === null ? {} : { openUploads: uploads.all }),
    ...done,
  });
  // The first answer is fresh; whoever asks again wants what holds then.
  let known: readonly RegistryCredential[] | null = registries;
  const registry = registryFor({
    credentials: async () => {
      const first = known;
      known = null;
      return first ?? (await supervisor.publishSpec(lease, signal)).registries;
    },
    onWait: (reason) => teller.tell(report('waiting', reason)),
  });
  // What an earlier try has left open stands in the answer; of the first there is nothing to wait for.
  if (tryNumber > 1 || lease.attempt > 1)
    uploads = new OpenUploads(await supervisor.putPublication(lease, report('copying'), signal));
  else {
    uploads = new OpenUploads([]);
    teller.tell(report('copying'));
  }
  try {
    const beforeManifest = (wasThere: boolean): Promise<void> =>
      teller.settle({ ...report('copying'), begins: { wasThere } });
    const way = { from, to: repository, digest, options: { alsoAt, uploads, beforeManifest } };
    done = await copyStaged(registry, way, signal, (progress) => {
      done = progress;
      teller.tell(report('copying'));
    });
    await teller.settle(report('copied'));
  } catch (thrown) {
    if (signal.aborted) {
      // The cancel waits for no registry. A worker that is only shut down leaves them for the next try.
      if (Context.current().cancellationDetails?.cancelRequested === true)
        void registry.endUploads(repository, uploads.all, AbortSignal.timeout(END_UPLOADS_MS));
      throw thrown;
    }
    const error = toKilnError(thrown);
    const tries = retryPolicy?.maximumAttempts ?? Infinity;
    const goesOn = error.rule.retryable && tryNumber < tries;
    const next = `It is tried again soon (try ${tryNumber + 1} of ${tries}).`;
    await teller
      .settle(goesOn ? report('waiting', `${error.message} ${next}`) : report('given_up'))
      .catch(() => undefined);
    throw thrown;
  }
}

interface StagedCopy {
  readonly from: string;
  readonly to: string;
  readonly digest: string;
  readonly options: CopyOptions;
}

/** Says so when it is the image that is not there any more, not the destination. */
async function copyStaged(
  registry: ReturnType<PublishDeps['registryFor']>,
  { from, to, digest, options }: StagedCopy,
  signal: AbortSignal,
  onProgress: (report: CopyReport) => void,
): Promise<CopyReport> {
  try {
    return await registry.copy(from, to, digest, signal, onProgress, options);
  } catch (error) {
    if (!(error instanceof KilnError) || error.code !== 'not_found') throw error;
    if ((await registry.head(from, digest, signal)) !== null) throw error;
    throw new KilnError('staged_image_missing', {
      message: `${from} no longer holds ${digest}: it was removed from staging.`,
      cause: error,
    });
  }
}
