import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { KilnError } from '../../domain/errors.js';
import { parseContextPath } from '../../domain/images/context-path.js';
import { parseReference, printReference } from '../../domain/images/reference.js';
import { isInsecureRegistry, registryOf } from '../../domain/images/registry-host.js';
import { withMirrors } from '../../domain/network/mirrors.js';
import type { PlanInput, Reach, RunPlan } from '../../ports/engine.js';
import { launchPlan, program, SYSTEM_PATH } from '../runc/launch.js';
import { launcherReach } from '../runc/reach.js';
import { secretId } from './bindings.js';
import type { BindingFiles, LaunchOrder } from './order.js';
import type { PaketoOptions } from './schema.js';

/** Where the launcher lies once it is compiled. */
export const LAUNCHER = fileURLToPath(new URL('./launcher.js', import.meta.url));

type Input = PlanInput<PaketoOptions>;

/**
 * One process tree per build, in a process and mount namespace of its own: whatever ends its first process ends every other and takes
 * its mounts away. The launcher fetches the builder and runs each phase of the lifecycle in a container of its own by runc.
 */
export function planBuild(input: Input, launcher: string = LAUNCHER): RunPlan {
  const { host, workFolder, storageFolder } = input;
  const at = (name: string): string => posix.join(workFolder, name);
  const odd = [workFolder, storageFolder].find((folder) => /[,:\\\s]/.test(folder));
  if (odd !== undefined)
    throw new KilnError('config_invalid', {
      message: `The folder of the run may hold no comma, colon, backslash or space: ${JSON.stringify(odd)}.`,
    });
  return {
    ...launchPlan(host, launcher, at('order.json')),
    env: { PATH: SYSTEM_PATH, HOME: workFolder },
    cwd: workFolder,
    files: { [at('order.json')]: JSON.stringify(orderOf(input)) },
    outputs: [at('digest')],
  };
}

/** What the launcher needs of the host: it unpacks builders and copies the source. */
export function reachOf(input: Input, launcher: string = LAUNCHER): Reach {
  const own = ['crane', 'lifecycle', 'launcher'].map((name) => program(input.host.programs, name));
  return launcherReach(input, {
    launcher,
    programs: [...own, 'tar', 'cp', 'chown'],
    write: [input.storageFolder],
  });
}

/** Images that the options name. */
export function imagesOf({ builder, run_image: runImage }: PaketoOptions): string[] {
  return [builder, runImage].flatMap((image) => image ?? []);
}

/** Their registries. */
export function registriesOf(options: PaketoOptions): string[] {
  return imagesOf(options).flatMap((image) => registryOf(image) ?? []);
}

function orderOf(input: Input): LaunchOrder {
  const { host, workFolder, options, staging, judged } = input;
  const read = withMirrors(registriesOf(options), host.registryMirrors);
  const needed = [...new Set([...read, registryOf(staging.repository) ?? ''])];
  const registries = judged.registries.filter((name) => needed.includes(name));
  const secured = Object.keys(host.registryCertificates);
  return {
    id: `kiln-paketo-${input.buildId}-${input.attempt}`,
    controlGroup: input.controlGroup ?? null,
    programs: {
      runc: program(host.programs, 'runc'),
      crane: program(host.programs, 'crane'),
      lifecycle: program(host.programs, 'lifecycle'),
      launcher: program(host.programs, 'launcher'),
    },
    builder: fullName(builderOf(options)),
    runImage: options.run_image === undefined ? null : fullName(options.run_image),
    target: fullName(`${staging.repository}:${staging.tag}`),
    registries,
    insecureRegistries: registries.filter((name) =>
      isInsecureRegistry(name, host.insecureRegistries, secured),
    ),
    mirrors: host.registryMirrors,
    registryConfigFolder: input.registryConfigFolder,
    certificates: registries.flatMap((name) => host.registryCertificates[name] ?? []),
    contextFolder: input.contextFolder,
    buildContext: parseContextPath(options.build_context),
    workFolder,
    storageFolder: input.storageFolder,
    cacheName: options.cache_enabled ? cacheNameOf(input) : null,
    buildpacks: options.buildpacks,
    environment: options.environment,
    bindings: options.bindings.map((one) => bindingFiles(one, input.secretFiles)),
    labels: input.labels ?? {},
    network: host.runNetwork,
    egressGroupId: host.egressGroupId,
    proxyVariables: host.proxyVariables,
    passesProxies: host.passesProxies,
  };
}

/** Layers may hold what a secret of the project has opened, so no other project finds them. */
function cacheNameOf({ projectId = '', staging }: Input): string {
  return createHash('sha256').update(`${projectId} ${staging.repository}`).digest('hex').slice(0, 32);
}

function bindingFiles(
  { name, type, provider, secrets }: PaketoOptions['bindings'][number],
  files: Readonly<Record<string, string>>,
): BindingFiles {
  const named = Object.entries(secrets).map(([key, secret]) => {
    const file = files[secretId(name, key)];
    if (file !== undefined) return [key, file];
    throw new KilnError('invalid_request', {
      message: `The secret ${JSON.stringify(secret)} of the binding ${name} is not stored. Store it, or remove it from "bindings".`,
    });
  });
  return {
    name,
    texts: { type, ...(provider !== undefined && { provider }) },
    secretFiles: Object.fromEntries(named) as Record<string, string>,
  };
}

/** A build file was the last to name one. */
function builderOf({ builder }: PaketoOptions): string {
  if (builder !== undefined) return builder;
  throw new KilnError('invalid_request', {
    message: 'Neither the request nor kiln.yaml names a builder: name its image with "builder" (--builder).',
  });
}

function fullName(image: string): string {
  return printReference(parseReference(image));
}
