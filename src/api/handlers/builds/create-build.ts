import type { createBuild as operation } from '../../../contracts/build-operations.js';
import { effectiveBuild } from '../../../contracts/effective-build.js';
import type { NewBuild } from '../../../contracts/new-build.js';
import { nameOfBuildFile, settingLayers } from '../../../contracts/setting-layers.js';
import { refuseNetwork, refuseUntrusted } from '../../../contracts/trust.js';
import { refuseForeignPushes } from '../../../domain/builds/destinations.js';
import type { BuildMethod } from '../../../domain/builds/method.js';
import { methodNotOffered } from '../../../domain/builds/method-not-offered.js';
import { namingField, registriesOfBuild } from '../../../domain/secrets/needed-registries.js';
import { KilnError } from '../../../domain/errors.js';
import type { AcceptBuild, Build, Project } from '../../../ports/records.js';
import type { TenantContext } from '../../../ports/stores.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';
import { limitsOf } from '../../limits-of.js';
import { checkSource, refuseClosedRuns } from './check-source.js';
import { requestSha256 } from './request-hash.js';
import { requireSecrets } from './require-secrets.js';
import { noteAccepted } from './note-accepted.js';

type Idempotency = AcceptBuild['idempotency'];

/**
 * Checks everything that can be known now, stores the build in one transaction, then starts its workflow without waiting for it. A key
 * that was answered comes before every check: what they look at may have changed since.
 */
export function createBuild(deps: ApiDeps): Handler<typeof operation> {
  return async ({ caller, params, headers, body, request }) => {
    const known = await findProject(deps, caller, params.project);
    const key = headers['idempotency-key'];
    const keyFor = (project: Project): Idempotency =>
      key === undefined ? null : { key, requestSha256: requestSha256(project.id, body) };
    const answered = known === null ? null : await deps.builds.findAccepted(caller, keyFor(known));
    const { build, created } =
      answered === null
        ? await checkAndAccept(deps, caller, { body, projectName: params.project, known, keyFor })
        : { build: answered, created: false };
    noteAccepted(deps, caller, { build, created, request });
    return {
      status: 202,
      headers: { location: `/v1/builds/${build.id}`, ...(created ? {} : { 'idempotency-replayed': 'true' }) },
      body: build,
    };
  };
}

async function checkAndAccept(
  deps: ApiDeps,
  caller: TenantContext,
  asked: {
    readonly body: NewBuild;
    readonly projectName: string;
    readonly known: Project | null;
    readonly keyFor: (project: Project) => Idempotency;
  },
): Promise<{ build: Build; created: boolean }> {
  const { body, known } = asked;
  const layers = settingLayers(body, known);
  const buildFile = nameOfBuildFile(body);
  const [limits, offered] = await Promise.all([
    limitsOf(deps, caller, known?.id ?? null),
    deps.builds.methodsOffered(caller),
  ]);
  const { method, options, destinations, timeoutSeconds, resources } = effectiveBuild(
    layers,
    limits,
    buildFile ?? undefined,
    body.source.kind !== 'git',
  );
  requireMethod(offered, method);
  // A project that is still to be made is trusted by nobody.
  const pushedTo = destinations.length > 0 ? destinations : [known?.imageRepository ?? []].flat();
  refuseClosedRegistries(deps, { options, destinations: pushedTo });
  const trust = known?.trust ?? 'untrusted';
  // Read side by side and judged in this order.
  const checking = checkSource(deps, caller, {
    limits,
    source: body.source,
    method,
    options,
    git: body.git,
  });
  const secrets = requireSecrets(deps, caller, known?.id ?? null, { options, layers });
  for (const later of [checking, secrets]) later.catch(() => undefined);
  const networks = await deps.builds.networksOffered(caller, method);
  refuseNetwork({ method, resources, trust }, networks);
  const text = await checking;
  refuseUntrusted({ trust, method, resources });
  refuseClosedRuns(text, networks, { method, options, resources, trust });
  refuseForeignPushes(layers.build_file ?? {}, known ?? projectToMake(deps, asked.projectName));
  await secrets;
  // The project comes last: who gets not_found may make it, knowing that nothing else is wrong.
  const project = known ?? (await deps.projects.get(caller, asked.projectName));
  return deps.builds.accept(caller, {
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
    buildFile,
    git: body.git,
    triggerSource: null,
    idempotency: asked.keyFor(project),
  });
}

/** What a project will push to that is made for its first build. */
function projectToMake({ defaultRegistry }: Pick<ApiDeps, 'defaultRegistry'>, slug: string) {
  return {
    destinations: [],
    imageRepository: defaultRegistry === null ? slug : `${defaultRegistry}/${slug}`,
  };
}

/** A build host would not go there, and say so only when the image is built. */
function refuseClosedRegistries(deps: ApiDeps, build: Parameters<typeof registriesOfBuild>[0]): void {
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
  { projects }: Pick<ApiDeps, 'projects'>,
  caller: TenantContext,
  name: string,
): Promise<Project | null> {
  try {
    return await projects.get(caller, name);
  } catch (error) {
    if (error instanceof KilnError && error.code === 'not_found') return null;
    throw error;
  }
}
