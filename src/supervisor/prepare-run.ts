import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { awaitedLater } from '../domain/awaited-later.js';
import type { Source } from '../contracts/builds.js';
import { hostStepsTrouble } from '../contracts/trust.js';
import { buildkitKey, type BuildkitUser } from '../domain/builds/buildkit-key.js';
import { givenNetwork, networksOf, permitsHostSteps } from '../domain/builds/run-network.js';
import { KilnError, toKilnError } from '../domain/errors.js';
import { formatBytes } from '../domain/format-bytes.js';
import { limitAndRemedy } from '../domain/limits/how-to-raise.js';
import type { MaterialFile } from '../domain/images/materials.js';
import type { BaseImage } from '../domain/images/dockerfile/base-image.js';
import type { RecordedSource } from '../ports/dispatch.js';
import { secretsInDockerfile } from '../domain/images/dockerfile/secret-values.js';
import { withMirrors } from '../domain/network/mirrors.js';
import { pinnedNames } from '../domain/images/used-images.js';
import { registryOf } from '../domain/images/registry-host.js';
import { namingOption } from '../domain/secrets/needed-registries.js';
import type { Engine, EngineHost, PlanInput, RunPlan } from '../ports/engine.js';
import type { RunGroup } from '../ports/run-groups.js';
import type { GitCredential } from '../ports/secrets.js';
import type { RunDeps } from './deps.js';
import type { Journal } from './journal.js';
import { fetchGitSource } from './fetch-git-source.js';
import { hideBases } from './hide-bases.js';
import { keepTrying } from './keep-trying.js';
import type { LeaseHolding } from './lease-holding.js';
import { mirrored } from './behind-mirrors.js';
import { patience } from './patience.js';
import { removeTree } from './remove-tree.js';
import { resolveImages } from './resolve-images.js';
import type { RunLog } from './run-log.js';
import { openRegistries } from './registry-access.js';
import { writePlan } from './write-plan.js';
import type { OpenedSecrets, RunSecrets } from './secrets.js';

const UNPACK_TRIES = 3;

/** A new workspace with the secrets of the run in it, and nothing else. */
export async function openWorkspace(
  deps: RunDeps,
  journal: Journal,
  secrets: RunSecrets,
  signal: AbortSignal,
): Promise<OpenedSecrets> {
  const { workspace } = journal;
  await journal.removeWorkspace();
  for (const folder of [workspace.context, workspace.work, workspace.secrets]) {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  }
  return openSecrets(deps, journal, secrets, signal);
}

/** A workspace that was opened, or why not. */
export interface Opened {
  readonly secrets?: OpenedSecrets;
  /** Fetches the secrets again when the settings that name them have changed. */
  readonly reopen?: () => Promise<OpenedSecrets>;
  readonly failure?: unknown;
}

/** Fetches what the options of the run name into its secrets folder. */
export async function openSecrets(
  deps: RunDeps,
  { grant }: Journal,
  secrets: RunSecrets,
  signal: AbortSignal,
): Promise<OpenedSecrets> {
  const options = deps.engineFor(grant.run.build_method).parseOptions(grant.run.options);
  return secrets.open(options, patience(deps, signal));
}

/** Source phase: fills the context folder from the upload or the repository. An inline source leaves it empty. Returns the milliseconds it took. */
export async function fetchSource(
  deps: RunDeps,
  journal: Journal,
  holding: LeaseHolding,
  log: RunLog,
  credential: GitCredential | null,
  signal: AbortSignal,
): Promise<number> {
  const { context: expected, source } = journal.grant.run;
  const startedMs = performance.now();
  if (source.kind === 'git') await fetchGitSource(deps, journal, holding, log, credential, signal);
  if (source.kind === 'upload') {
    if (expected === null)
      throw new KilnError('context_invalid', { message: 'The build names no uploaded context.' });
    refuseLargeContext(journal, expected.size_bytes);
    await log.say('source', `Fetching the build context (${formatBytes(expected.size_bytes)})`);
    await fetchUpload(deps, journal, holding, expected.sha256, signal);
  }
  return Math.round(performance.now() - startedMs);
}

/** The context lies on the disk twice for a while: as it arrives, and unpacked. */
function refuseLargeContext({ limits }: Journal, sizeBytes: number): void {
  const limit = limits.workspace_max_bytes;
  if (2 * sizeBytes <= limit.value) return;
  throw new KilnError('workspace_too_large', {
    message: `The build context needs ${formatBytes(2 * sizeBytes)} on the disk of the build host: more than ${limitAndRemedy('workspace_max_bytes', limit)}`,
  });
}

/**
 * Downloads for as long as the api does not answer. Unpacking is another matter: broken off transfers are worth another try, bytes that
 * stay wrong are not, nor is a disk that takes no more.
 */
async function fetchUpload(
  deps: RunDeps,
  { workspace: { archive, context } }: Journal,
  holding: LeaseHolding,
  sha256: string,
  signal: AbortSignal,
): Promise<void> {
  for (let tried = 1; ; tried++) {
    await keepTrying(
      () => holding.effect((auth) => deps.controlPlane.downloadContext(auth, archive, signal)),
      patience(deps, signal),
    );
    try {
      await deps.unpackContext(archive, context, sha256);
      return await rm(archive, { force: true });
    } catch (thrown) {
      const error = toKilnError(thrown);
      if (!error.rule.retryable || error.code === 'disk_full') throw error;
      if (tried === UNPACK_TRIES) throw lastUnpackFailure(error);
      await removeTree(context);
      await mkdir(context, { mode: 0o700 });
    }
  }
}

function lastUnpackFailure(error: KilnError): KilnError {
  if (error.code !== 'digest_mismatch') return error;
  return new KilnError('context_invalid', {
    message: 'The build context that the api serves is not the one that was uploaded.',
    cause: error,
  });
}

/** Checks the Dockerfile (whose text comes back), which tells the base image, and asks the engine for its plan; writes the plan's files. */
export async function makePlan(
  deps: RunDeps,
  journal: Journal,
  opened: Pick<OpenedSecrets, 'files' | 'sshKeyFiles'> | undefined,
  group: RunGroup | null,
  secrets: RunSecrets,
  signal: AbortSignal,
): Promise<{
  readonly plan: RunPlan;
  readonly baseImage: BaseImage | null;
  readonly pinnedImages: readonly string[];
  readonly remoteFiles: readonly MaterialFile[];
  readonly dockerfile: string | null;
  readonly mirrored: readonly string[];
  /** Fulfilled when the credentials of its registries lie where the builder looks for them. */
  readonly access: Promise<unknown>;
  /** Fulfilled when what looks secret in its base images is hidden; gives those that could not be read. */
  readonly unreadBases: Promise<readonly string[]>;
}> {
  const { grant, workspace } = journal;
  const { run } = grant;
  const engine = deps.engineFor(run.build_method);
  const options = engine.parseOptions(run.options);
  const user: BuildkitUser = { tenantId: run.tenant_id, trust: journal.trust };
  const networks = networksOfRun(deps.host, journal);
  const dockerfile = engine.dockerfileOf?.(options);
  const judged =
    dockerfile === undefined
      ? null
      : await deps.checkDockerfile(
          workspace.context,
          { ...dockerfile, hostTrouble: hostTroubleOf(deps.host, journal) },
          user,
          signal,
        );
  if (judged !== null) await secrets.hide(secretsInDockerfile(judged.text, dockerfile?.buildArgs));
  const written = [run.staging.repository, ...run.repositories].flatMap((name) => registryOf(name) ?? []);
  const read = [...(engine.registriesOf?.(options) ?? []), ...(judged?.registries ?? [])];
  const hosts = [...new Set([...written, ...withMirrors(read, deps.registryMirrors)])];
  for (const host of hosts)
    await deps.refuseRegistry(host).catch((error: unknown) => {
      throw namingOption(error, host, run.options);
    });
  // Goes on beside what follows; who starts the plan waits for it.
  const registries = { named: judged?.registries ?? [], hosts, written };
  const access = awaitedLater(openRegistries(deps, journal, secrets, registries, signal));
  const wanted = engine.imagesToResolve?.(options, judged?.images ?? []) ?? [];
  const resolving: Promise<Readonly<Record<string, string>>> =
    wanted.length === 0
      ? Promise.resolve({})
      : awaitedLater(
          access.then((known) =>
            resolveImages(deps.registryFor(known), wanted, signal, engine.pinnedImagesOf?.(options)),
          ),
        );
  const bases = {
    dockerfile: dockerfile === undefined || judged === null ? null : { ...dockerfile, text: judged.text },
    images: engine.imagesOf?.(options) ?? [],
  };
  const unreadBases = awaitedLater(hideBases(deps, secrets, bases, access, resolving, signal));
  try {
    const [host, digests] = await Promise.all([hostFor(deps, engine, user, signal), resolving]);
    const input: PlanInput = {
      buildId: run.build_id,
      attempt: run.attempt,
      options,
      contextFolder: workspace.context,
      workFolder: workspace.work,
      staging: run.staging,
      secretFiles: opened?.files ?? {},
      sshKeyFiles: opened?.sshKeyFiles ?? {},
      labels: labelsOf(run.source, journal.state.source),
      registryConfigFolder: workspace.registries,
      judged: {
        registries: hosts,
        sourceHosts: judged?.sourceHosts ?? [],
        images: judged?.images ?? [],
        digests,
        ...(judged !== null && { dockerfile: judged }),
      },
      artifactMaxBytes: journal.limits.artifact_max_bytes.value,
      trust: journal.trust,
      projectId: run.project_id,
      storageFolder: path.join(deps.stateFolder, 'storage', run.build_method, buildkitKey(user)),
      ...(group !== null && { controlGroup: group.builderPath }),
      host: { ...host, ...networks },
    };
    if (judged !== null) await writeFile(workspace.dockerfile, judged.text, { mode: 0o600 });
    return {
      plan: await writePlan(deps, journal, { engine, input, group }),
      baseImage: judged?.baseImage ?? null,
      pinnedImages: pinnedNames([
        ...(judged?.images ?? []),
        ...wanted,
        ...(engine.pinnedImagesOf?.(options) ?? []),
      ]),
      remoteFiles: judged?.remoteFiles ?? [],
      dockerfile: judged?.text ?? null,
      mirrored: mirrored(read, deps.registryMirrors),
      access,
      unreadBases,
    };
  } catch (error) {
    // Nothing may be written into a workspace that is being removed.
    await Promise.allSettled([access, unreadBases]);
    throw error;
  }
}

/** Raises `network_not_offered` where the build names a network that this host does not give. */
function networksOfRun(
  { runNetwork, allowsHostNetwork = false }: EngineHost,
  { trust, resources }: Journal,
): Pick<EngineHost, 'runNetwork' | 'allowsHostNetwork'> {
  const host = { runNetwork, allowsHostNetwork };
  const build = { asked: resources.network, trust };
  return {
    runNetwork: givenNetwork(host, build),
    allowsHostNetwork: allowsHostNetwork && permitsHostSteps(host, build),
  };
}

/** Why no step of the run may have the network of this host. */
function hostTroubleOf(
  { runNetwork, allowsHostNetwork = false }: EngineHost,
  journal: Journal,
): string | null {
  const { grant, trust, resources } = journal;
  const build = { trust, method: grant.run.build_method, resources };
  return hostStepsTrouble(build, networksOf({ runNetwork, allowsHostNetwork }));
}

/** The host as a run sees it: with the BuildKit of its tenant and trust, opened now, where the method needs one. */
async function hostFor(
  { host, buildkits }: RunDeps,
  engine: Engine,
  user: BuildkitUser,
  signal: AbortSignal,
): Promise<EngineHost> {
  if (engine.needsBuildkit !== true || buildkits === null) return host;
  return { ...host, buildkitAddress: await buildkits.open(user, signal) };
}

/** Where an image from git comes from, by the names of the OCI image specification. */
function labelsOf(source: Source, recorded: RecordedSource | null): Record<string, string> {
  if (source.kind !== 'git' || recorded === null) return {};
  return {
    'org.opencontainers.image.source': source.url,
    'org.opencontainers.image.revision': recorded.commit,
  };
}
