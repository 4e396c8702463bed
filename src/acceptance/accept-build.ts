import { effectiveBuild } from '../contracts/effective-build.js';
import type { GitFacts } from '../contracts/builds.js';
import type { NewBuild } from '../contracts/new-build.js';
import { nameOfBuildFile, settingLayers } from '../contracts/setting-layers.js';
import { refuseNetwork, refuseUntrusted } from '../contracts/trust.js';
import { refuseForeignPushes } from '../domain/builds/destinations.js';
import { awaitedLater } from '../domain/awaited-later.js';
import type { BuildMethod } from '../domain/builds/method.js';
import { methodNotOffered } from '../domain/builds/method-not-offered.js';
import { leaveSecretsOut } from '../domain/builds/named-secrets.js';
import type { SettingLayers } from '../domain/builds/settings.js';
import type { BuildTrigger } from '../domain/builds/trigger.js';
import { KilnError } from '../domain/errors.js';
import { namingField, registriesOfBuild } from '../domain/secrets/needed-registries.js';
import type { AcceptBuild, Build, Project } from '../ports/records.js';
import type { TenantContext } from '../ports/stores.js';
import { checkSource, refuseClosedRuns } from './check-source.js';
import type { AcceptanceDeps } from './deps.js';
import { limitsOf } from './limits-of.js';
import { requestSha256 } from './request-hash.js';
import { requireSecrets } from './require-secrets.js';

/** A build that somebody, or something, asks for. */
export interface AskedBuild {
  /** Slug or id. */
  readonly project: string;
  readonly body: NewBuild;
  readonly trigger: BuildTrigger;
  /** What is known of the source beforehand, from who has told of it; what has been fetched says the rest. */
  readonly git?: GitFacts;
  /** What was said of an earlier build by its request and its build file, in place of what the body says. */
  readonly said?: Pick<SettingLayers, 'request' | 'build_file'>;
  /** Code of a stranger: it gets no secrets, and is untrusted whatever the project is. */
  readonly withoutSecrets?: boolean;
  /**
   * The same key again gives the build of the first time, whatever has changed since; with another `request` it is refused as
   * `idempotency_key_reused`. The keys of a tenant are one space, in which people choose theirs: let those of a trigger begin with its type.
   */
  readonly idempotency: { readonly key: string; readonly request: unknown } | null;
}

/**
 * Checks everything that can be known now and stores the build in one transaction, with the message that starts its workflow
 * (`startSoon` does so at once). A key that was answered comes before every check: what they look at may have changed since. Raises
 * what is wrong with the build, and `not_found` for a project that the tenant does not have.
 */
export async function acceptBuild(
  deps: AcceptanceDeps,
  tenant: TenantContext,
  asked: AskedBuild,
): Promise<{ readonly build: Build; readonly created: boolean }> {
  const known = await findProject(deps, tenant, asked.project);
  const answered = known === null ? null : await deps.builds.findAccepted(tenant, keyFor(known, asked));
  return answered === null ? checkAndAccept(deps, tenant, asked, known) : { build: answered, created: false };
}

function keyFor(project: Project, { idempotency }: AskedBuild): AcceptBuild['idempotency'] {
  if (idempotency === null) return null;
  return { key: idempotency.key, requestSha256: requestSha256(project.id, idempotency.request) };
}

async function checkAndAccept(
  deps: AcceptanceDeps,
  tenant: TenantContext,
  asked: AskedBuild,
  known: Project | null,
): Promise<{ build: Build; created: boolean }> {
  const { body } = asked;
  const layers = { ...settingLayers(body, known), ...asked.said };
  const buildFile = nameOfBuildFile(body);
  const { withoutSecrets = false } = asked;
  const [limits, offered] = await Promise.all([
    limitsOf(deps, tenant, known?.id ?? null),
    deps.builds.methodsOffered(tenant),
  ]);
  const effective = effectiveBuild(layers, limits, buildFile ?? undefined, body.source.kind !== 'git');
  const { method, destinations, timeoutSeconds, resources } = effective;
  const options = withoutSecrets ? leaveSecretsOut(effective.options) : effective.options;
  requireMethod(offered, method);
  // A project that is still to be made is trusted by nobody.
  const pushedTo = destinations.length > 0 ? destinations : [known?.imageRepository ?? []].flat();
  refuseClosedRegistries(deps, { options, destinations: pushedTo });
  const trust = withoutSecrets ? 'untrusted' : (known?.trust ?? 'untrusted');
  // Read side by side and judged in this order.
  const sourced = { limits, source: body.source, method, options, git: body.git };
  const checking = awaitedLater(checkSource(deps, tenant, sourced));
  const secrets = awaitedLater(requireSecrets(deps, tenant, known?.id ?? null, { options, layers }));
  const networks = await deps.builds.networksOffered(tenant, method);
  refuseNetwork({ method, resources, trust }, networks);
  const text = await checking;
  refuseUntrusted({ trust, method, resources });
  refuseClosedRuns(text, networks, { method, options, resources, trust });
  refuseForeignPushes(layers.build_file ?? {}, known ?? projectToMake(deps, asked.project));
  await secrets;
  // The project comes last: who gets not_found may make it, knowing that nothing else is wrong.
  const project = known ?? (await deps.projects.get(tenant, asked.project));
  return deps.builds.accept(tenant, {
    projectId: project.id,
    method,
    options,
    source: body.source,
    destinations,
    priority: body.priority,
    buildTimeoutMs: timeoutSeconds * 1000,
    resources,
    settingLayers: layers,
    limits,
    trust,
    withoutSecrets,
    buildFile,
    git: asked.git ?? body.git,
    trigger: asked.trigger,
    idempotency: keyFor(project, asked),
  });
}

/** What a project will push to that is made for its first build. */
function projectToMake({ defaultRegistry }: Pick<AcceptanceDeps, 'defaultRegistry'>, slug: string) {
  return {
    destinations: [],
    imageRepository: defaultRegistry === null ? slug : `${defaultRegistry}/${slug}`,
  };
}

/** A build host would not go there, and say so only when the image is built. */
function refuseClosedRegistries(
  deps: Pick<AcceptanceDeps, 'checkRegistryHost'>,
  build: Parameters<typeof registriesOfBuild>[0],
): void {
  for (const { field, host } of registriesOfBuild(build)) {
    try {
      deps.checkRegistryHost(host);
    } catch (error) {
      throw namingField(error, field);
    }
  }
}

/** A build that no host can take would wait for ever. */
function requireMethod(offered: readonly BuildMethod[] | null, method: BuildMethod): void {
  if (offered !== null && !offered.includes(method)) throw methodNotOffered(method);
}

async function findProject(
  { projects }: Pick<AcceptanceDeps, 'projects'>,
  tenant: TenantContext,
  name: string,
): Promise<Project | null> {
  try {
    return await projects.get(tenant, name);
  } catch (error) {
    if (error instanceof KilnError && error.code === 'not_found') return null;
    throw error;
  }
}
