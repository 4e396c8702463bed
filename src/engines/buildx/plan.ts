import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { KilnError } from '../../domain/errors.js';
import { parseContextPath } from '../../domain/images/context-path.js';
import { parseReference } from '../../domain/images/reference.js';
import type { EngineHost, PlanInput, RunPlan } from '../../ports/engine.js';
import { attribute } from '../dockerfile/attribute.js';
import { secretFile } from '../dockerfile/secret-file.js';
import { target } from './attributes.js';
import { PATIENCE, planCaches } from './caches.js';
import type { LaunchOrder } from './order.js';
import type { BuildxOptions } from './schema.js';
import { sourcePolicy } from './source-policy.js';
import { planStages, STAGE_DOCKERFILE } from './stage-runs.js';

/** Where buildctl leaves the digest, inside the attempt's work folder. */
const METADATA_FILE = 'metadata.json';
const OWN_DOCKERFILE = 'Dockerfile';
const SOURCE_POLICY = 'source-policy.json';
const ORDER = 'order.json';

/** Where the launcher lies once it is compiled. */
export const LAUNCHER = fileURLToPath(new URL('./launcher.js', import.meta.url));

/**
 * The one command of a build; where caches are written or lie on the host, or further stages are built, a launcher sees to them. The argv
 * holds no secret: secrets go by file, registry credentials by the folder of DOCKER_CONFIG. Every value that ends up in a comma-separated
 * attribute went through a parser that knows no comma.
 */
export function planBuild(input: PlanInput<BuildxOptions>, launcher: string = LAUNCHER): RunPlan {
  const { options, host, workFolder } = input;
  const metadataPath = posix.join(workFolder, METADATA_FILE);
  const policyPath = posix.join(workFolder, SOURCE_POLICY);
  const caches = planCaches(input);
  const orderPath = posix.join(workFolder, ORDER);
  const solve = (own: {
    readonly head: readonly string[];
    readonly sources: readonly string[];
    readonly options: readonly string[];
    readonly caches: readonly string[];
  }): string[] => [
    program(host.programs),
    '--addr',
    address(host.buildkitAddress),
    'build',
    '--progress',
    'rawjson',
    ...own.head,
    '--source-policy-file',
    policyPath,
    '--frontend',
    'dockerfile.v0',
    ...own.sources,
    ...own.options,
    ...proxyArguments(options, host),
    ...Object.entries(host.registryCertificates).flatMap(([registry, file]) => [
      '--registry-auth-tlscontext',
      `host=${registry},ca=${attribute(file)}`,
    ]),
    ...secretFiles('secrets', options, input.secretFiles).flatMap(({ id, path }) => [
      '--secret',
      `id=${id},src=${path}`,
    ]),
    // buildctl reads the key itself and answers as an agent: steps can use it, and never see it.
    ...secretFiles('ssh', options, input.sshKeyFiles ?? {}).flatMap(({ id, path }) => [
      '--ssh',
      `${id}=${path}`,
    ]),
    ...own.caches,
  ];
  const command = [
    ...solve({
      head: ['--metadata-file', metadataPath],
      sources: sources(input),
      options: frontendOptions(options, host, input.labels ?? {}),
      caches: caches.args,
    }),
    '--output',
    output(input),
  ];
  const stages = planStages(input, ({ target, dockerfileFolder, writesTar }) => [
    ...solve({
      head: [],
      sources: stageSources(input, dockerfileFolder),
      options: frontendOptions(
        { ...options, target_stage: target, platforms: options.platforms.slice(0, 1) },
        host,
        {},
      ),
      caches: caches.readArgs,
    }),
    ...(writesTar ? ['--output', 'type=tar'] : []),
  ]);
  const needsLauncher = caches.needsLauncher || stages !== null;
  const { imports, remoteImports, exports } = caches;
  const order: LaunchOrder = {
    ...{ command, metadataFile: metadataPath, imports, remoteImports, exports, patience: PATIENCE },
    stages: stages?.order ?? null,
  };
  return {
    argv: (needsLauncher ? [process.execPath, launcher, orderPath] : command) as unknown as RunPlan['argv'],
    env: {
      ...host.proxyVariables,
      ...groupVariables(input),
      HOME: workFolder,
      DOCKER_CONFIG: input.registryConfigFolder,
    },
    cwd: workFolder,
    files: {
      [policyPath]: sourcePolicy(input.judged, options.pinned_images, options.replaced_images),
      ...(needsLauncher && { [orderPath]: JSON.stringify(order) }),
      ...Object.fromEntries(
        Object.entries(ownDockerfile(input)).map(([name, text]) => [posix.join(workFolder, name), text]),
      ),
    },
    outputs: [metadataPath],
    ...(stages !== null && { keeps: stages.keeps }),
  };
}

/**
 * Which control group RUN steps belong into. The option `cgroup-parent` would be part of every cache key; the state of a trace is of none,
 * and comes to the program that starts steps (src/embedded/services/step-runtime.ts).
 */
function groupVariables({ buildId, controlGroup, host }: PlanInput): Record<string, string> {
  if (controlGroup === undefined || host.buildkitJoinsGroups !== true) return {};
  const trace = buildId.replaceAll('-', '');
  return {
    TRACEPARENT: `00-${trace}-${trace.slice(0, 16)}-01`,
    TRACESTATE: `kiln=${controlGroup}`,
  };
}

/**
 * The Dockerfile of a build that does not take that of its source as it lies there, and what belongs beside it: that of the request, or the one
 * that names other images. Nothing otherwise.
 */
function ownDockerfile({ options, judged }: PlanInput<BuildxOptions>): Record<string, string> {
  const { replaced_images: replaced = {}, dockerfile_inline: inline } = options;
  const written = Object.keys(replaced).length === 0 ? undefined : judged.dockerfile;
  const text = written?.text ?? inline;
  if (text === undefined) return {};
  const beside = Object.entries(written?.ignoreFiles ?? {});
  return {
    [OWN_DOCKERFILE]: text,
    ...Object.fromEntries(beside.map(([extension, content]) => [`${OWN_DOCKERFILE}${extension}`, content])),
  };
}

function sources(input: PlanInput<BuildxOptions>): string[] {
  const { options, contextFolder, workFolder } = input;
  const context = posix.join(contextFolder, parseContextPath(options.build_context));
  const isOwn = Object.hasOwn(ownDockerfile(input), OWN_DOCKERFILE);
  const filename = isOwn ? OWN_DOCKERFILE : parseContextPath(options.dockerfile);
  return [
    ...['--local', `context=${context}`],
    ...['--local', `dockerfile=${isOwn ? workFolder : context}`],
    ...['--opt', `filename=${filename}`],
  ];
}

/** For the Dockerfile with Kiln's stages; inside its folder it has the name that an inline one has. */
function stageSources({ options, contextFolder }: PlanInput<BuildxOptions>, folder: string): string[] {
  return [
    ...['--local', `context=${posix.join(contextFolder, parseContextPath(options.build_context))}`],
    ...['--local', `dockerfile=${folder}`],
    ...['--opt', `filename=${STAGE_DOCKERFILE}`],
  ];
}

function frontendOptions(
  options: BuildxOptions,
  { runNetwork, allowsHostNetwork = false }: EngineHost,
  labels: Readonly<Record<string, string>>,
): string[] {
  const values = [
    // With `cmdline` set BuildKit takes the frontend as chosen and never loads the one of a `# syntax=` line.
    'cmdline=docker/dockerfile:1',
    ...(runNetwork === 'none' ? ['force-network-mode=none'] : []),
    ...(runNetwork === 'host' && allowsHostNetwork ? ['force-network-mode=host'] : []),
    ...(options.target_stage === undefined ? [] : [`target=${options.target_stage}`]),
    ...(options.platforms.length === 0 ? [] : [`platform=${options.platforms.join(',')}`]),
    ...Object.entries(labels).map(([name, value]) => `label:${name}=${value}`),
    ...Object.entries(options.build_args).map(([name, value]) => `build-arg:${name}=${value}`),
  ];
  return [
    ...values.flatMap((value) => ['--opt', value]),
    ...(allowsHostNetwork ? ['--allow', 'network.host'] : []),
    ...(options.cache_enabled ? [] : ['--no-cache']),
  ];
}

function secretFiles(
  option: 'secrets' | 'ssh',
  options: BuildxOptions,
  files: Readonly<Record<string, string>>,
): { readonly id: string; readonly path: string }[] {
  return options[option].map((one) => ({ id: one.id, path: attribute(secretFile(files, one, option)) }));
}

/** The variables that every Dockerfile knows without ARG; they do not enter the image's history. What the build gives itself wins. */
function proxyArguments(options: BuildxOptions, host: EngineHost): string[] {
  if (!host.passesProxies) return [];
  return Object.entries(host.proxyVariables)
    .filter(([name]) => options.build_args[name] === undefined)
    .flatMap(([name, value]) => ['--opt', `build-arg:${name}=${value}`]);
}

function output({ staging, host }: PlanInput): string {
  const image = parseReference(`${staging.repository}:${staging.tag}`);
  return `type=image,${target('name', image, host)},push=true,oci-mediatypes=true`;
}

function program(programs: Readonly<Record<string, string>>): string {
  const path = programs.buildctl;
  if (path !== undefined) return path;
  throw new KilnError('program_missing', {
    message:
      'This host has no program buildctl: install it in the PATH of the supervisor or set KILN_BUILDCTL_PATH there, and start the supervisor again.',
  });
}

function address(buildkitAddress: string | null): string {
  if (buildkitAddress !== null) return buildkitAddress;
  throw new KilnError('builder_unavailable', {
    message: 'This host has no BuildKit: set KILN_BUILDKIT_ADDRESS of the supervisor.',
  });
}
