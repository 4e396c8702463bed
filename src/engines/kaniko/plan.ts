import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseContextPath } from '../../domain/images/context-path.js';
import { parseReference, printReference } from '../../domain/images/reference.js';
import { isInsecureRegistry, registryOf } from '../../domain/images/registry-host.js';
import { mirrorsOf, withMirrors } from '../../domain/network/mirrors.js';
import type { EngineHost, PlanInput, Reach, RunPlan } from '../../ports/engine.js';
import { launchPlan, program, SYSTEM_PATH } from '../runc/launch.js';
import { launcherReach } from '../runc/reach.js';
import { INSIDE, type LaunchOrder } from './order.js';
import type { KanikoOptions } from './schema.js';
import { waysTo } from '../runc/ways.js';

const SYSTEM_CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';

/** Where the launcher lies once it is compiled. */
export const LAUNCHER = fileURLToPath(new URL('./launcher.js', import.meta.url));

type Input = PlanInput<KanikoOptions>;

/**
 * One process tree per build, in a process and mount namespace of its own: whatever ends its first process ends every other and takes
 * its mounts away. The launcher makes a throw-away root and runs the executor in it by runc.
 */
export function planBuild(input: Input, launcher: string = LAUNCHER): RunPlan {
  const { host, workFolder, options } = input;
  const at = (name: string): string => posix.join(workFolder, name);
  return {
    ...launchPlan(host, launcher, at('order.json')),
    env: { PATH: SYSTEM_PATH, HOME: workFolder },
    cwd: workFolder,
    files: {
      [at('order.json')]: JSON.stringify(orderOf(input)),
      ...(options.dockerfile_inline !== undefined && { [at('Dockerfile')]: options.dockerfile_inline }),
    },
    outputs: [at('out/digest')],
  };
}

/** What the launcher needs of the host. */
export function reachOf(input: Input, launcher: string = LAUNCHER): Reach {
  return launcherReach(input, { launcher, programs: [program(input.host.programs, 'kaniko')] });
}

/** The repository for the layers of steps; null when nothing is cached. */
export function cacheRepository(options: KanikoOptions): string | null {
  return options.cache_enabled ? (options.cache_repo ?? options.registry_repo ?? null) : null;
}

function orderOf(input: Input): LaunchOrder {
  const { host, workFolder, registryConfigFolder, options } = input;
  const needed = neededRegistries(input);
  const certificates = Object.entries(host.registryCertificates).filter(([name]) => needed.includes(name));
  return {
    id: `kiln-kaniko-${input.buildId}-${input.attempt}`,
    controlGroup: input.controlGroup ?? null,
    programs: { runc: program(host.programs, 'runc'), executor: program(host.programs, 'kaniko') },
    contextFolder: input.contextFolder,
    workFolder,
    copies: [
      { from: SYSTEM_CERTIFICATES, to: `${INSIDE.certificates}/ca-certificates.crt` },
      ...certificates.map(([name, from]) => ({ from, to: certificateInside(name) })),
      ...(options.dockerfile_inline === undefined
        ? []
        : [{ from: posix.join(workFolder, 'Dockerfile'), to: INSIDE.dockerfile }]),
    ],
    credentials: { file: posix.join(registryConfigFolder, 'config.json'), registries: needed },
    args: [
      ...['--force', '--log-format', 'json', '--log-timestamp', '--digest-file', INSIDE.digest],
      ...[
        '--destination',
        printReference(parseReference(`${input.staging.repository}:${input.staging.tag}`)),
      ],
      ...['--skip-unused-stages', '--push-retry', '2'],
      ...sources(options),
      ...caches(options),
      ...registries(host, needed),
      ...certificates.flatMap(([name]) => ['--registry-certificate', `${name}=${certificateInside(name)}`]),
      ...Object.entries(input.labels ?? {}).flatMap(([name, value]) => ['--label', `${name}=${value}`]),
      ...Object.entries(options.build_args).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]),
    ],
    ways:
      host.runNetwork === 'host'
        ? null
        : waysTo({ registries: needed, sourceHosts: input.judged.sourceHosts }, host),
  };
}

/** The judged registries that the executor itself has to do with: where an image is published to is none of them. */
function neededRegistries({ options, staging, judged, host }: Input): string[] {
  const images = [staging.repository, cacheRepository(options) ?? [], judged.images].flat();
  const needed = withMirrors(
    images.flatMap((image) => registryOf(image) ?? []),
    host.registryMirrors,
  );
  return judged.registries.filter((registry) => needed.includes(registry));
}

function sources(options: KanikoOptions): string[] {
  const context = posix.join(INSIDE.context, parseContextPath(options.build_context));
  const isInline = options.dockerfile_inline !== undefined;
  const file = isInline ? INSIDE.dockerfile : posix.join(context, parseContextPath(options.dockerfile));
  return [
    ...['--context', `dir://${context}`, '--dockerfile', file],
    ...(options.target_stage === undefined ? [] : ['--target', options.target_stage]),
  ];
}

function caches(options: KanikoOptions): string[] {
  const repository = cacheRepository(options);
  if (repository === null) return ['--cache=false'];
  return ['--cache=true', '--cache-copy-layers', '--cache-repo', printReference(parseReference(repository))];
}

function registries(host: EngineHost, needed: readonly string[]): string[] {
  const secured = Object.keys(host.registryCertificates);
  return needed.flatMap((name) => [
    ...(isInsecureRegistry(name, host.insecureRegistries, secured) ? ['--insecure-registry', name] : []),
    ...mirrorsOf(name, host.registryMirrors).flatMap((mirror) => [
      '--registry-map',
      `${name === 'docker.io' ? 'index.docker.io' : name}=${mirror}`,
    ]),
  ]);
}

function certificateInside(registry: string): string {
  return `/kaniko/ssl/${registry.replaceAll(':', '_')}.pem`;
}
